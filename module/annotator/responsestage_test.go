package annotator_test

import (
	"context"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A plan that redacts one endpoint's responses says nothing of the other's.
func TestRawInDebugNeedsTheResponseStageOfItsEndpoint(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	const auction, amp, video = "/openrtb2/auction", "/openrtb2/amp", "/openrtb2/video"
	for _, seen := range []string{auction, amp, video, ""} {
		a := newAnnotator(t, server, `,"raw_in_debug":true`)
		if !a.AwaitsRedaction(auction) || !a.AwaitsRedaction(amp) {
			t.Error("nothing was seen yet")
		}
		a.SawRedaction(seen)
		for _, endpoint := range []string{auction, amp, video, ""} {
			ctx, now := context.Background(), time.Now()
			req := &openrtb2.BidRequest{User: userWith(aliceToken(server)), Test: 1}
			resolved := a.Resolve(ctx, req, now)
			resolved.At(endpoint)
			decision, err := a.ForBidder(ctx, resolved, "dsp", req, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if endpoint == seen && (seen == auction || seen == amp) {
				want = 1
			}
			if got := decision.Plan(req).Raw; got != want || a.AwaitsRedaction(endpoint) != (want == 0) {
				t.Errorf("%q seen, auction at %q: %d raw UIDs, %q", seen, endpoint, got, decision.Withheld())
			}
		}
	}
	if newAnnotator(t, server, "").AwaitsRedaction(auction) {
		t.Error("without raw_in_debug there is nothing to wait for")
	}
}
