package annotator

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Auction is what [Annotator.Resolve] found out about one auction. It is read by all bidders at the same time and is
// safe for that.
type Auction struct {
	reason privacy.Reason // why raw UIDs are withheld
	closed bool           // a privacy gate is closed
	name   string         // for the domain or app name check
	nowMs  int64
	tokens []token
	shown  bool // the request was not scrubbed before we saw it
	alone  bool // made by the bidder stage for itself, so that Redact will never see it

	extra atomic.Pointer[extraUID] // raw UIDs that only one bidder's request brought in
}

// token is one distinct token of the auction with what came of it.
type token struct {
	source  openrtb.Source
	id      string
	verdict bidstream.Verdict
	raw     string // base64 text of the raw UID, "" if there is none to give
}

// extraUID is an element of a list that only grows at its head, so that bidders add to it without a lock.
type extraUID struct {
	raw  string
	next *extraUID
}

// Resolve evaluates the privacy gates and decrypts each distinct token of the request once. It reads req and keeps
// strings of it, and changes nothing. When ctx ends it stops, with what it has.
//
// When a gate is closed no token is decrypted: withholding needs no raw UID.
func (a *Annotator) Resolve(ctx context.Context, req *openrtb2.BidRequest, now time.Time) *Auction {
	auction := &Auction{name: openrtb.Name(req), nowMs: now.UnixMilli(), shown: Shown(req)}
	auction.reason, auction.closed = a.privacy.Closed(req)
	if auction.closed {
		a.metrics.gateClosed(auction.reason)
		return auction
	}
	// An error means user.ext that can't be read; the bidder stage meets it again and clears it away.
	_ = openrtb.EachUID(req.User, func(source openrtb.Source, id string) bool {
		if auction.find(source, id) == nil {
			auction.tokens = append(auction.tokens, a.decrypt(auction, source, id))
		}
		return ctx.Err() == nil
	})
	return auction
}

func (a *Annotator) decrypt(auction *Auction, source openrtb.Source, id string) token {
	t := token{source: source, id: id}
	a.decrypter.DecryptString(&t.verdict, id, bidstream.Query{
		Name:  auction.name,
		Scope: scopeOf(source),
		NowMs: auction.nowMs,
	})
	if !t.verdict.UID.IsZero() {
		t.raw = t.verdict.UID.Reveal()
		a.optOuts.met(scopeOf(source), t.verdict.UID, auction.nowMs)
	}
	a.metrics.decrypted(t.verdict.Status)
	return t
}

func scopeOf(source openrtb.Source) codec.Scope {
	if source == openrtb.SourceEUID {
		return codec.ScopeEUID
	}
	return codec.ScopeUID2
}

func (auction *Auction) find(source openrtb.Source, id string) *token {
	for i := range auction.tokens {
		if t := &auction.tokens[i]; t.source == source && t.id == id {
			return t
		}
	}
	return nil
}

// isRaw tells whether an id is a raw UID that this auction has written already: a host that plans the module twice
// runs the bidder stage over its own work.
func (auction *Auction) isRaw(id string) bool {
	found := false
	auction.eachRaw(func(raw string) { found = found || raw == id })
	return found
}

func (auction *Auction) eachRaw(f func(raw string)) {
	for i := range auction.tokens {
		if raw := auction.tokens[i].raw; raw != "" {
			f(raw)
		}
	}
	for extra := auction.extra.Load(); extra != nil; extra = extra.next {
		f(extra.raw)
	}
}

// addRaw remembers a raw UID for the redaction.
func (auction *Auction) addRaw(raw string) {
	head := &extraUID{raw: raw}
	for {
		head.next = auction.extra.Load()
		if auction.extra.CompareAndSwap(head.next, head) {
			return
		}
	}
}

// Closed tells why raw UIDs are withheld from all bidders of this auction, if they are.
func (auction *Auction) Closed() (privacy.Reason, bool) { return auction.reason, auction.closed }

// Statuses counts the auction's distinct tokens by status.
func (auction *Auction) Statuses() map[string]int {
	counts := make(map[string]int, 1)
	for i := range auction.tokens {
		counts[auction.tokens[i].verdict.Status.String()]++
	}
	return counts
}

// Shown tells whether the module surely sees the user of a request as it is. Prebid Server hands a module a scrubbed
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
