// Package inspect explains UID2: what a text is that somebody holds in his hands, and why a bidder
// may or may not use it.
//
// An [Inspector] takes a token, a bid request, a raw UID, an identity or an operator's answer, and
// makes a [Report] of it, for people: every layer with its bytes, every check in the order of
// package bidstream with its verdict, the reason, and what to do about it. It decides nothing
// itself: tokens are judged by package bidstream and requests by package module/annotator, and a
// report says what those answered.
//
// # Raw UIDs and secrets
//
// A report holds a raw UID, or a part of one, only if the input says Reveal. Client secrets, keys
// and the bytes that they encrypt are never in a report.
//
// # Concurrency
//
// An Inspector is safe for concurrent use. Its work is linear in the input, which is bounded.
package inspect
