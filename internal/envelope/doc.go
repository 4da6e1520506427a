// Package envelope seals and opens what a UID2 participant and an operator send each other.
//
// A client calls [AppendRequest] and [OpenResponse]; an operator calls [OpenRequest] and [AppendResponse].
// [AppendBase64] and [DecodeBase64] are the text form of either. [AppendSealed] and [OpenSealed] are the bare
// form, without time and nonce, that answers a token refresh.
//
// # Layouts
//
// Integers are big-endian. The key is the client secret, 32 bytes; the cipher is AES-256-GCM with a 12-byte IV,
// a 16-byte tag and no additional data.
//
//	request   version(1) = 1 || IV(12) || seal( time(8) || nonce(8) || payload ) || tag(16)
//	response                   IV(12) || seal( time(8) || nonce(8) || payload ) || tag(16)
//	bare                       IV(12) || seal( payload )                        || tag(16)
//
// time is the sender's clock in Unix milliseconds. A response repeats the nonce of its request, which is what ties
// the two together: without it an old response could be played back.
//
// # Concurrency
//
// There is no state: every function may be called from any number of goroutines.
package envelope
