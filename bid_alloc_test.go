//go:build !race

package uid2rtb_test

import (
	"testing"
)

// TestBidAllocations: with a buffer to write to, a whole request costs the text of its raw UID.
func TestBidAllocations(t *testing.T) {
	bidder, err := newBidder()
	if err != nil {
		t.Fatal(err)
	}
	request := requestWithToken(t)
	dst := make([]byte, 0, 2*len(request))
	if n := testing.AllocsPerRun(200, func() { dst, _, _ = bidder.Annotate(dst[:0], request, fixturesNow) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
