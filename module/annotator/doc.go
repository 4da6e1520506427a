// Package annotator is the module uid2.decrypt without Prebid Server: it decides, auction by auction and bidder by
// bidder, which UID2 and EUID tokens become annotations, and what must be withheld.
//
// A host calls it in three places:
//
//   - [Annotator.Resolve], once per auction: decrypts each distinct token of the request once, after the privacy gates.
//   - [Annotator.ForBidder], once per bidder: decides what that bidder may get; [Decision.Apply] writes it into the user
//     object of that bidder's request.
//   - [Auction.Redact], once per response: takes every raw UID of the auction out of the response's bytes.
//
// # Withholding
//
// A raw UID reaches a bidder only if all of this holds: the host (or the account, where the host lets it) lists the
// bidder; the bidder's name is not an alias that the caller made up; no privacy gate is closed; the request is not in
// debug mode, which would echo the bidder's request to the caller; the token may be used by the rules of package
// bidstream; and the user is known not to have opted out. In every other case there is a status and no raw UID.
//
// # Concurrency
//
// An Annotator is safe for concurrent use, and so is an Auction. Nothing on the path of a request waits: no lock, no
// I/O. Keys are refreshed by goroutines of their own, which [Annotator.Close] ends.
package annotator
