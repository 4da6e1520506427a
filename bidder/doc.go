// Package bidder is the front door of a bidder: it finds the tokens of a bid request, decrypts
// them, and says of each user whether there is a raw UID to bid on.
//
// [Open] makes a [Bidder] of one [Config], a struct or what [ParseConfig] reads from JSON: operators
// with their keys, and who has opted out. [Bidder.Annotate] takes the bytes of a request and writes
// beside each token what came of it; [Bidder.AnnotateUser] does so on openrtb2's types.
// [Bidder.UIDs] annotates nothing and yields the raw UIDs. A program that has a
// [bidstream.Decrypter] already calls [New]. One that gets requests from a Prebid Server with the
// module, which annotates them, needs [ReadAnnotation] alone.
//
// # Handlers
//
// [Bidder.Handler] for net/http and [Bidder.FastHTTPHandler] annotate the body of a request before
// the bidder's own handler gets it, also one in gzip. What isn't JSON, is ambiguous or too large is
// refused: the handler never sees a forgery.
//
// # The mapping
//
// What an eid's source means for the keys ([Query]), what a verdict means for a bid ([OutcomeOf]),
// and how both are written into a request ([AnnotationOf], [Mode.Edit]) is decided here and nowhere
// else.
//
// # Raw UIDs
//
// A raw UID is in an annotation only if [bidstream.Verdict.RawUID] has one: the token is in order,
// and its user is known not to have opted out, unless the configuration says that it needn't be
// known. An annotation that arrives with a request is a forgery and is removed.
//
// Privacy signals of a request (COPPA, GDPR, GPP, ...) aren't looked at. The module for Prebid
// Server does that before a request leaves; a bidder that gets requests from elsewhere must do so
// itself.
//
// # Readiness
//
// Until the keys and the opt-outs are there, nobody is bid on. [Open] waits for them, [Start]
// doesn't. [Bidder.Ready] is for the program itself, [Bidder.Health] for people, and for probes
// [HealthHandler] serves what [Bidder.HealthReport] says. Package metrics has the figures for
// Prometheus.
//
// # Time
//
// Times are of package time. Those of a verdict, and of an annotation, are the protocol's own
// numbers: Unix milliseconds, in names that end with Ms, as in the packages on the path of a bid.
//
// # Concurrency
//
// Everything may be used from any goroutine. Annotating takes no lock and, if there is room to
// write to, allocates only the text of a raw UID. Reading the uids doesn't allocate.
package bidder
