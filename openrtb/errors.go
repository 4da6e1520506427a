package openrtb

import "github.com/uid2rtb/uid2rtb/internal/strictjson"

// Errors of this package. They name the kind of fault, and never quote the input.
var (
	// ErrMalformed: the input, as far as it was read, isn't a JSON document of the right kind.
	ErrMalformed = strictjson.ErrMalformed
	// ErrTooDeep: the input is nested deeper than MaxDepth.
	ErrTooDeep = strictjson.ErrTooDeep
	// ErrAmbiguous: a key on the way to a uid occurs twice, or in another letter case.
	ErrAmbiguous = strictjson.ErrAmbiguous
)

const (
	// MaxUIDs is the largest number of UID2 and EUID uids per request that are passed to a
	// callback. Any others are kept, without forged annotations.
	MaxUIDs = 64
	// MaxDepth is the deepest nesting of objects and arrays that a request may have.
	MaxDepth = strictjson.MaxDepth
)
