package openrtb

import "github.com/uid2rtb/uid2rtb/internal/strictjson"

// Errors of this package. They say nothing of the input but what kind of fault it has.
var (
	// ErrMalformed: the input is not one JSON document of the right kind, as far as it was read.
	ErrMalformed = strictjson.ErrMalformed
	// ErrTooDeep: the input is nested deeper than MaxDepth.
	ErrTooDeep = strictjson.ErrTooDeep
	// ErrAmbiguous: a key on the way to a uid occurs twice, or in another letter case than its own.
	ErrAmbiguous = strictjson.ErrAmbiguous
)

const (
	// MaxUIDs is how many UID2 and EUID uids of a request are asked about. The rest stay as they are, without a
	// forgery.
	MaxUIDs = 64
	// MaxDepth is how deep a request may be nested, in objects and arrays.
	MaxDepth = strictjson.MaxDepth
)
