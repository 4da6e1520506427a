//go:build !race

package optout_test

import (
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestIndexMemory: the index keeps the promise of its doc comment at every relevant size.
func TestIndexMemory(t *testing.T) {
	x := optout.NewIndex()
	for i := range 2_000_000 {
		x.Add(numbered(i), 1000)
		if i > 1_000_000 && i%10_000 == 0 {
			if perUser := float64(x.Bytes()) / float64(x.Len()); perUser > 16 {
				t.Fatalf("%.1f bytes a user at %d", perUser, x.Len())
			}
		}
	}
}

func TestIndexAllocatesNothing(t *testing.T) {
	x := optout.NewIndex()
	x.Add(numbered(1), 1000)
	in, out := numbered(1), numbered(2)
	if n := testing.AllocsPerRun(100, func() { x.Prefetch(in); x.OptOut(in); x.OptOut(out); x.Add(in, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOfferAllocatesNothing(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	p := optout.StartPoller(t, s, (&operatorOf{}).ask, optout.WithPause(time.Hour))
	defer p.Close()
	i := 0
	if n := testing.AllocsPerRun(1000, func() { p.Offer(numbered(i), 0); p.Offer(numbered(i), 0); i++ }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
