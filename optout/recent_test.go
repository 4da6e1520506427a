package optout

import "testing"

// TestRecent: an opt-out is remembered exactly, with its time, for at least one generation and at
// most two.
func TestRecent(t *testing.T) {
	var r recent
	a, b := *alike(t, 1, 32), *alike(t, 2, 32)
	if r.knows(a, 0) {
		t.Error("nobody is known at first")
	}
	r.add(a, 5000)
	r.add(a, 3000)
	for since, want := range map[int64]bool{-1: true, 0: true, 1: true, 4999: true, 5000: true, 5001: false} {
		if r.knows(a, since) != want {
			t.Errorf("since %d: %v", since, !want)
		}
		if r.knows(b, since) {
			t.Errorf("another one, since %d", since)
		}
	}
	r.add(a, 9000)
	if !r.knows(a, 9000) {
		t.Error("a later time isn't remembered")
	}
	fill := func(from, below uint64) {
		for n := from; n < below; n++ {
			r.add(*alike(t, 10+n, 32), 1)
		}
	}
	fill(0, maxRecent-1)
	if len(r.now) != maxRecent || r.old != nil {
		t.Errorf("%d and %d are remembered", len(r.now), len(r.old))
	}
	fill(maxRecent-1, 2*maxRecent-1)
	if !r.knows(a, 9000) || len(r.now) != maxRecent || len(r.old) != maxRecent {
		t.Errorf("the generation before is forgotten, %d and %d are remembered", len(r.now), len(r.old))
	}
	fill(2*maxRecent-1, 2*maxRecent)
	if r.knows(a, 0) || len(r.now) != 1 {
		t.Errorf("two generations before are remembered, %d", len(r.now))
	}
	r.forget()
	if r.knows(*alike(t, 10+2*maxRecent-1, 32), 0) || r.knows(*alike(t, 10+2*maxRecent-2, 32), 0) {
		t.Error("somebody isn't forgotten")
	}
}
