// Package bidder is the front door of a bidder: it finds the tokens of a bid request, decrypts them, and says of each user
// whether there is a raw UID to bid on.
//
// A program that has a [bidstream.Decrypter] makes a [Bidder] of it with [New]. [Bidder.Annotate] takes the bytes of a
// request and writes beside each token what came of it; [Bidder.AnnotateUser] does so on openrtb2's types.
//
// # The mapping
//
// What an eid's source means for the keys ([Query]), what a verdict means for a bid ([OutcomeOf]), and how both are written
// into a request ([AnnotationOf], [Mode.Edit]) is decided here and nowhere else.
//
// # Raw UIDs
//
// A raw UID is in an annotation only if [bidstream.Verdict.RawUID] has one: the token is in order, and its user is known not
// to have opted out, unless the decrypter was told that it needn't be known. An annotation that arrives with a request is a
// forgery and is removed.
//
// # Concurrency
//
// Everything may be used from any goroutine. Annotating takes no lock and, if there is room to write to, allocates only the
// text of a raw UID.
package bidder
