package openrtb

import "unsafe"

// view is a string of the same bytes, without a copy. It is for handing parts of a request to a callback, which must not
// keep them: the caller of this package may reuse the bytes afterwards.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
