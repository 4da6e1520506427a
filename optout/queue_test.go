package optout

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// TestQueue: what is put can be taken once, in order, also when the positions wrap around; a full
// queue refuses more.
func TestQueue(t *testing.T) {
	const size = 8
	q := newQueue(size)
	next, taken := uint64(0), uint64(0)
	take := func() {
		t.Helper()
		if uid, ok := q.take(); !ok || uid != *alike(t, taken, 32) {
			t.Fatalf("%d isn't what comes out, %v", taken, ok)
		}
		taken++
	}
	for round := range 3 * size {
		for q.len() < size {
			if !q.put(*alike(t, next, 32)) {
				t.Fatalf("round %d: %d waiting, and no room", round, q.len())
			}
			next++
			if q.len() != int(next-taken) {
				t.Fatalf("%d waiting, want %d", q.len(), next-taken)
			}
		}
		if q.put(*alike(t, 0, 32)) {
			t.Fatal("there is room in a full queue")
		}
		for range 1 + round%size {
			take()
		}
	}
	for q.len() > 0 {
		take()
	}
	if uid, ok := q.take(); ok || uid != (codec.RawUID{}) || taken != next {
		t.Errorf("something is left, %d of %d came out", taken, next)
	}
	for i := range q.cells {
		if q.cells[i].uid != (codec.RawUID{}) {
			t.Error("a raw UID stays in memory")
		}
	}
}
