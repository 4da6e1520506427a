package strictjson

import "errors"

// Errors of this package. They name the kind of fault, and never quote the input.
var (
	// ErrMalformed: the input, as far as it was read, isn't a JSON document of the right kind.
	ErrMalformed = errors.New("malformed JSON")
	// ErrTooDeep: the input is nested deeper than MaxDepth.
	ErrTooDeep = errors.New("JSON nested too deep")
	// ErrAmbiguous: a key that matters occurs twice, or in another letter case.
	ErrAmbiguous = errors.New("ambiguous JSON key")
)

// MaxDepth is the deepest nesting of objects and arrays that a document may have.
const MaxDepth = 128
