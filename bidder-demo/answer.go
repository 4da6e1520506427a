package main

import "encoding/json"

// answer holds the parts of Prebid Server's answer that we read, for auction and amp.
type answer struct {
	SeatBid   []struct{ Seat string }
	Targeting map[string]any // amp only
	Ext       extensions
	ORTB2     struct{ Ext extensions } // where amp has ext
}

type extensions struct {
	Errors map[string][]struct{ Message string }
}

// readAnswer reads the errors of an answer, and compares its bids with the bidder's.
func (r *result) readAnswer(body []byte) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		r.problem("the answer is not JSON: %v", err)
		return
	}
	ext := a.Ext
	if r.Endpoint == endpointAMP {
		ext = a.ORTB2.Ext
	}
	for who, errors := range ext.Errors {
		r.problem("%s: %s", who, errors[0].Message)
	}
	r.compareBids(a)
}

// compareBids checks that the answer has each bid of the bidder, and no others. An amp answer has
// no bids, only targeting.
func (r *result) compareBids(a answer) {
	seats := map[string]bool{}
	for _, seat := range a.SeatBid {
		seats[seat.Seat] = true
	}
	for _, b := range r.Bidders {
		bid := b.PriceUSD > 0
		if r.Endpoint == endpointAMP {
			_, seats[b.Bidder] = a.Targeting["hb_pb_"+b.Bidder]
		}
		if bid != seats[b.Bidder] {
			r.problem("%s bid: %t; a bid of it in the answer: %t", b.Bidder, bid, seats[b.Bidder])
		}
	}
}
