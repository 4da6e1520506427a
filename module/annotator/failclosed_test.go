package annotator

import (
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// The text of a raw UID that isn't one makes the search panic, which nothing from outside does.
func TestASearchThatPanicsLeavesNothing(t *testing.T) {
	auction := &Auction{tokens: []token{{annotation: openrtb.Annotation{Raw: "not a raw UID"}}}}
	auction.written.remember(writing{tokens: 1}, nil)
	response := func() *openrtb2.BidResponse {
		return &openrtb2.BidResponse{ID: "id", BidID: "x", SeatBid: []openrtb2.SeatBid{{Seat: "s"}}, Ext: json.RawMessage(`{"debug":1}`)}
	}
	for redactBids, want := range map[bool]string{
		false: `{"id":"id","seatbid":[{"bid":null,"seat":"s"}],"bidid":"x","ext":{}}`,
		true:  `{"id":"id","ext":{}}`,
	} {
		a := &Annotator{metrics: newMetrics(), redactBids: redactBids}
		got := response()
		n := a.Redact(auction, got)
		if text, err := json.Marshal(got); err != nil || string(text) != want || n != 0 || a.metrics.Sum(panics) != 1 {
			t.Errorf("redact_bids %t: %d, %v, %s", redactBids, n, err, text)
		}
		bids := map[string]string{"a": "b"}
		a.RedactBids(auction, bids, func() { clear(bids) })
		if len(bids) == 0 != redactBids {
			t.Errorf("redact_bids %t: bids %v", redactBids, bids)
		}
	}
}
