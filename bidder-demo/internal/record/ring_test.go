package record

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// A watcher who is slow holds nobody up, and sees by the numbers what he missed.
func TestSlowWatcher(t *testing.T) {
	r := New(Config{})
	first, goOn := make(chan struct{}), make(chan struct{})
	enough := errors.New("enough")
	var numbers []int64
	var watching sync.WaitGroup
	watching.Go(func() {
		err := r.Watch(t.Context(), 0, func(line page.Auction) error {
			if numbers = append(numbers, line.Number); len(numbers) == 1 {
				close(first)
				<-goOn
			}
			if line.Number == 1000 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Error(err)
		}
	})
	r.finish(&recording{})
	<-first
	for range 999 { // while he is held up
		r.finish(&recording{})
	}
	close(goOn)
	watching.Wait()
	if len(numbers) != 101 || numbers[1] != 901 || !slices.IsSorted(numbers) {
		t.Errorf("%d auctions: %v", len(numbers), numbers)
	}
}

// Who comes again sees what he hasn't seen; a number of an earlier life counts as none.
func TestWatchAfter(t *testing.T) {
	r := New(Config{})
	for range 5 {
		r.finish(&recording{})
	}
	for after, want := range map[int64][]int64{0: {1, 2, 3, 4, 5}, 3: {4, 5}, 5: nil, 77: {1, 2, 3, 4, 5}} {
		ctx, stop := context.WithCancel(t.Context())
		if len(want) == 0 {
			stop()
		}
		var got []int64
		err := r.Watch(ctx, after, func(line page.Auction) error {
			if got = append(got, line.Number); len(got) == len(want) {
				stop()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || !slices.Equal(got, want) {
			t.Errorf("after %d: %v, %v", after, got, err)
		}
	}
}

// Large auctions leave room for fewer.
func TestRingIsBoundedInBytes(t *testing.T) {
	r := New(Config{})
	large := make([]byte, 2*maxText)
	for range maxAuctions {
		rec := &recording{}
		for _, to := range []*text{&rec.incoming, &rec.sent, &rec.resolved, &rec.before, &rec.after} {
			*to = textOf(large)
			if len(to.kept) != maxText || to.length != len(large) {
				t.Fatalf("%d of %d bytes are kept", len(to.kept), to.length)
			}
		}
		r.finish(rec)
	}
	if n := len(r.ring.kept); n >= maxAuctions || n < 40 || r.ring.bytes > maxBytes {
		t.Errorf("%d auctions with %d bytes are kept", n, r.ring.bytes)
	}
}
