// Package envelope seals and opens the messages between a UID2 participant and an operator.
//
// A client calls [AppendRequest] and [OpenResponse]; an operator calls [OpenRequest] and
// [AppendResponse]. [AppendBase64] and [DecodeBase64] convert both to and from text. [AppendSealed]
// and [OpenSealed] handle the bare form, without time and nonce, in which a token refresh is
// answered.
//
// # Layouts
//
// Integers are big-endian. The key is the client secret, 32 bytes; the cipher is AES-256-GCM with a
// 12-byte IV, a 16-byte tag and no additional data.
//
//	request   version(1) = 1 || IV(12) || seal( time(8) || nonce(8) || payload ) || tag(16)
//	response                   IV(12) || seal( time(8) || nonce(8) || payload ) || tag(16)
//	bare                       IV(12) || seal( payload )                        || tag(16)
//
// time is the sender's clock in Unix milliseconds. A response repeats the nonce of its request,
// which ties the two together: otherwise an old response could be replayed.
//
// # Concurrency
//
// There is no state: all functions are safe for concurrent use.
package envelope
