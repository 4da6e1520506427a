package main

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"

	"github.com/prebid/openrtb/v20/openrtb2"

	frontdoor "github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Outcomes of a bid request, in the samples' terms.
const (
	outcomeBid        = "bid"         // there is a raw UID
	outcomeBidUnknown = "bid_unknown" // there is none
	outcomeNoBid      = "no_bid"      // the user has opted out
	outcomeNotCalled  = "not_called"
)

// Prices in USD per thousand impressions.
const (
	priceAudience = 4.20 // a user whom an advertiser wants to reach
	priceKnown    = 1.80 // any other raw UID, good at least for frequency capping
	priceUnknown  = 0.40
)

// bidder is a downstream bidder. It knows of a user only what the request says.
type bidder struct {
	audience map[string]bool // raw UIDs that advertisers want to reach
	sentBack string          // raw UID that the bidder sends back, by mistake; empty: none

	mu  sync.Mutex
	out io.Writer // gets a line about each request; may be nil
}

// received is a request under one of the bidder's names, and the bid.
type received struct {
	Bidder   string  `json:"bidder"`
	Outcome  string  `json:"outcome"`
	PriceUSD float64 `json:"price_usd"`
	UIDs     []uid   `json:"uids"`
	user     *openrtb2.User
}

// uid is one UID2 or EUID uid as the bidder received it.
type uid struct {
	Source     string `json:"source"`
	Version    int    `json:"version,omitempty"` // of the token; 0 if unknown
	Status     string `json:"status,omitempty"`  // empty without annotation
	Reason     string `json:"reason,omitempty"`
	OptedOut   *bool  `json:"opted_out"`
	HasRaw     bool   `json:"has_raw"`
	token, raw string
}

func newBidder() *bidder {
	return &bidder{audience: map[string]bool{}}
}

// price is called by the bidder's HTTP server for each request.
func (b *bidder) price(name string, req *openrtb2.BidRequest) (price float64, bid bool) {
	r := b.judge(name, req.User)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out != nil {
		writeReceived(b.out, r)
	}
	return r.PriceUSD, r.Outcome != outcomeNoBid
}

// sendBack makes a raw UID the id of the bids, and the bids invalid, so that Prebid Server quotes
// their ids to the caller. It is the mistake that redaction is for.
func (b *bidder) sendBack(_ string, body []byte, response *openrtb2.BidResponse) {
	if b.sentBack == "" || !bytes.Contains(body, []byte(b.sentBack)) {
		return
	}
	for _, seat := range response.SeatBid {
		for i := range seat.Bid {
			seat.Bid[i].ID, seat.Bid[i].CrID = b.sentBack, ""
		}
	}
}

// judge says what the bidder makes of a request under one of its names.
func (b *bidder) judge(name string, user *openrtb2.User) received {
	r := received{Bidder: name, UIDs: readUIDs(user), user: user}
	r.Outcome, r.PriceUSD = b.value(r.UIDs)
	return r
}

// value decides by the best that is known of the user; a single opt-out outweighs everything.
func (b *bidder) value(uids []uid) (outcome string, price float64) {
	outcome, price = outcomeBidUnknown, priceUnknown
	for _, u := range uids {
		raw, ok := u.rawUID()
		switch {
		case u.optedOut():
			return outcomeNoBid, 0
		case ok && b.audience[raw]:
			outcome, price = outcomeBid, priceAudience
		case ok:
			outcome, price = outcomeBid, max(price, priceKnown)
		}
	}
	return outcome, price
}

// optedOut reports whether the user is known to have opted out. Unknown is not the same as false.
func (u uid) optedOut() bool { return u.OptedOut != nil && *u.OptedOut }

// rawUID returns the raw UID to bid on, and reports whether there is one. It ignores the status:
// Success comes without a raw UID while it isn't known whether the user has opted out.
func (u uid) rawUID() (raw string, ok bool) { return u.raw, u.HasRaw && !u.optedOut() }

// readUIDs reads the user as a bidder does, from the eids of OpenRTB 2.6 and of 2.5.
func readUIDs(user *openrtb2.User) []uid {
	uids := []uid{}
	if user == nil {
		return uids
	}
	var ext struct{ EIDs []openrtb2.EID }
	if len(user.Ext) > 0 {
		_ = json.Unmarshal(user.Ext, &ext) // an ext that can't be parsed has no eids
	}
	for _, eids := range [][]openrtb2.EID{user.EIDs, ext.EIDs} {
		for _, eid := range eids {
			if openrtb.SourceOf(eid.Source) == openrtb.SourceOther {
				continue
			}
			for _, u := range eid.UIDs {
				uids = append(uids, readUID(eid.Source, u))
			}
		}
	}
	return uids
}

// readUID leaves the annotation's fields empty if there is none.
func readUID(source string, u openrtb2.UID) uid {
	a, _ := frontdoor.ReadAnnotation(u.Ext)
	return uid{
		Source: source, Version: versionOf(u.ID), Status: a.Status, Reason: a.Reason, OptedOut: knownOptOut(a.OptedOut),
		HasRaw: a.Raw != "", token: u.ID, raw: a.Raw,
	}
}

// knownOptOut returns nil if it isn't known whether the user has opted out.
func knownOptOut(o openrtb.OptedOut) *bool {
	switch optedOut := o == openrtb.OptedOutTrue; o {
	case openrtb.OptedOutTrue, openrtb.OptedOutFalse:
		return &optedOut
	}
	return nil
}

// versionOf returns a token's version, which can be read without keys.
func versionOf(text string) int {
	var t codec.Token
	if codec.Parse(&t, openrtb.Token(text)) != codec.Success {
		return 0
	}
	return int(t.Version)
}
