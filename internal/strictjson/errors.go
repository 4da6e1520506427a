package strictjson

import "errors"

// Errors of this package. They say nothing of the input but what kind of fault it has.
var (
	// ErrMalformed: the input is not one JSON document of the right kind, as far as it was
	// read.
	ErrMalformed = errors.New("malformed JSON")
	// ErrTooDeep: the input is nested deeper than MaxDepth.
	ErrTooDeep = errors.New("JSON nested too deep")
	// ErrAmbiguous: a key that matters occurs twice, or in another letter case than its own.
	ErrAmbiguous = errors.New("ambiguous JSON key")
)

// MaxDepth is how deep a document may be nested, in objects and arrays.
const MaxDepth = 128
