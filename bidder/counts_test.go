package bidder_test

import (
	"sync"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Every token is counted once, by whatever way it comes, and from however many goroutines.
func TestDecrypted(t *testing.T) {
	const goroutines, rounds = 8, 50
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	good, bad := fixtures.Token("G6").Text, "junk"
	request := requestFor(good, bad)
	typed := openrtb2.BidRequest{User: &openrtb2.User{EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: bad}}}}}}
	var running sync.WaitGroup
	for range goroutines {
		running.Add(1)
		go func() {
			defer running.Done()
			var verdict bidstream.Verdict
			for range rounds {
				for _, err := range b.UIDs(request, now) {
					if err != nil {
						t.Error(err)
					}
				}
				if _, _, err := b.Annotate(nil, request, now); err != nil {
					t.Error(err)
				}
				if _, _, err := b.AnnotateUser(&typed, now); err != nil {
					t.Error(err)
				}
				b.Decrypt(&verdict, bad, bidder.Query(openrtb.SourceUID2, "", now))
			}
		}()
	}
	running.Wait()
	want := map[codec.Status]uint64{codec.Success: 2 * goroutines * rounds, codec.VersionNotSupported: 4 * goroutines * rounds}
	mustHaveDecrypted(t, b, want)

	optedOut := newBidder(t, decrypter(t, allOptedOut), bidder.Annotate)
	if _, _, err := optedOut.Annotate(nil, requestFor(good), now); err != nil {
		t.Fatal(err)
	}
	mustHaveDecrypted(t, optedOut, map[codec.Status]uint64{codec.UserOptedOut: 1})
}

// mustHaveDecrypted compares what was counted of each status, and of what is none.
func mustHaveDecrypted(t *testing.T, b *bidder.Bidder, want map[codec.Status]uint64) {
	t.Helper()
	for status := range codec.Status(255) {
		if counted := b.Decrypted(status); counted != want[status] {
			t.Errorf("%v: %d, want %d", status, counted, want[status])
		}
	}
}
