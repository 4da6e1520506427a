package openrtb

import "unsafe"

// view returns a string that shares the memory of b. It serves to pass parts of a request to a
// callback, which must not keep them: the caller of this package may reuse the bytes afterwards.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
