package annotator

import (
	"context"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Auction is what [Annotator.Resolve] found out about one auction. It is read by all bidders at the same time and is
// safe for that.
type Auction struct {
	reason privacy.Reason // why raw UIDs are withheld
	closed bool           // a privacy gate is closed
	place  openrtb.Place  // whose name is for the domain or app name check
	now    time.Time
	tokens []token
	shown  bool // the request was not scrubbed before we saw it

	hook     string // the code of the hook that the request was shown to
	endpoint string // "" if the bidder stage made it for itself, so that Redact will never see it
	written  written
}

// token is one distinct token of the auction with what came of it.
type token struct {
	source     openrtb.Source
	id         string
	annotation openrtb.Annotation
}

// Resolve evaluates the privacy gates and decrypts each distinct token of the request once. It reads req and keeps
// strings of it, and changes nothing. When ctx ends it stops, with what it has.
//
// When a gate is closed no token is decrypted: withholding needs no raw UID.
func (a *Annotator) Resolve(ctx context.Context, req *openrtb2.BidRequest, now time.Time) *Auction {
	auction := &Auction{place: openrtb.PlaceOf(req), now: now, shown: Shown(req)}
	auction.reason, auction.closed = a.privacy.Closed(req)
	if auction.closed {
		a.metrics.gateClosed(auction.reason)
		return auction
	}
	if !openrtb.MayHaveTokens(req.User) {
		return auction
	}
	for uid, err := range openrtb.UIDs(req.User) {
		if err != nil {
			break // user.ext can't be read; the bidder stage meets it again and clears it away
		}
		if find(auction.tokens, uid.Source, uid.ID) < 0 {
			auction.tokens = append(auction.tokens, token{source: uid.Source, id: uid.ID})
		}
	}
	a.decryptAll(ctx, auction)
	return auction
}

// decryptAll decrypts the tokens that were found, behind one another and not within their search: the stack of the goroutine that
// Prebid Server starts for a hook then has room enough, and needn't grow.
func (a *Annotator) decryptAll(ctx context.Context, auction *Auction) {
	name := auction.place.Name()
	for i := range auction.tokens {
		if ctx.Err() != nil {
			auction.tokens = auction.tokens[:i]
			return
		}
		a.decrypt(&auction.tokens[i], name, auction.now)
	}
}

// decrypt finds out about one token.
func (a *Annotator) decrypt(t *token, name string, now time.Time) {
	var verdict bidstream.Verdict
	a.bidder.Decrypt(&verdict, t.id, bidder.Query(t.source, name, now))
	t.judge(&verdict)
}

// judge keeps what came of the token. It is apart from decrypt, whose frame lies beneath the decryption's.
//
//go:noinline
func (t *token) judge(v *bidstream.Verdict) { t.annotation = bidder.AnnotationOf(v) }

// By says in which hook the auction was resolved, by its hook_impl_code, before anybody else has it.
func (auction *Auction) By(hook string) { auction.hook = hook }

// ShownTo reports whether a hook of this code surely sees the users of this auction as they are, at every stage: Prebid Server asks
// its activity controls about a hook's code, and nothing else that would differ within an auction. The auction may be nil.
func (auction *Auction) ShownTo(hook string) bool {
	return auction != nil && auction.shown && hook != "" && auction.hook == hook
}

// At says at which of Prebid Server's endpoints the auction is, before anybody else has it.
func (auction *Auction) At(endpoint string) { auction.endpoint = endpoint }

// Wrote reports whether some bidder's request got a raw UID. The auction may be nil.
func (auction *Auction) Wrote() bool { return auction != nil && auction.written.any() }

// Closed tells why raw UIDs are withheld from all bidders of this auction, if they are.
func (auction *Auction) Closed() (privacy.Reason, bool) { return auction.reason, auction.closed }

// OnlyStatus returns the status of the auction's token, if it has just one.
func (auction *Auction) OnlyStatus() (status string, ok bool) {
	if len(auction.tokens) != 1 {
		return "", false
	}
	return auction.tokens[0].annotation.Status, true
}

// Statuses counts the auction's distinct tokens by status.
func (auction *Auction) Statuses() map[string]int {
	counts := make(map[string]int, 1)
	for i := range auction.tokens {
		counts[auction.tokens[i].annotation.Status]++
	}
	return counts
}

// Shown reports whether the module surely sees the user of a request as it is. Prebid Server hands a module a scrubbed
// copy when the activity transmitUfpd is denied to it: every identifier of user and device is gone then, so one that is
// left proves that nothing was scrubbed. A user who never had any identifier counts as scrubbed; nothing but caution is
// lost by that. Without a user object there is nothing to scrub.
func Shown(req *openrtb2.BidRequest) bool {
	user, device := req.User, req.Device
	if user == nil || len(user.EIDs) > 0 || user.ID != "" || user.BuyerUID != "" || user.Keywords != "" ||
		user.Gender != "" || user.Yob != 0 || len(user.Data) > 0 {
		return true
	}
	return device != nil && (device.IFA != "" || device.DIDSHA1 != "" || device.DIDMD5 != "" ||
		device.DPIDSHA1 != "" || device.DPIDMD5 != "" || device.MACSHA1 != "" || device.MACMD5 != "")
}
