package optout

import "testing"

// TestAsked: a user is asked about again after a time or after the mark was removed, and not
// before.
func TestAsked(t *testing.T) {
	a := newAsked(1 << 10)
	uid := *alike(t, 1, 32)
	for _, c := range []struct {
		minute uint64
		must   bool
	}{{100, true}, {100, false}, {109, false}, {110, true}, {119, false}, {120, true}, {minuteMask, true}, {minuteMask + 1, false}, {minuteMask + 10, true}} {
		if _, must := a.mark(uid, c.minute, 10); must != c.must {
			t.Errorf("minute %d: %v", c.minute, must)
		}
	}
	mark, must := a.mark(uid, 1000, 10)
	if !must {
		t.Fatal("not asked")
	}
	mark.forget()
	if mark, must = a.mark(uid, 1000, 10); !must {
		t.Error("not asked after the mark was removed")
	}
	a.mark(uid, 1010, 10)
	mark.forget() // an old mark
	if _, must := a.mark(uid, 1010, 10); must {
		t.Error("an old mark removes a later one")
	}
}

// TestAskedFull: a set remembers as many users as it has slots; further users replace one of them.
func TestAskedFull(t *testing.T) {
	a := newAsked(setSize)
	if len(a.sets) != 1 {
		t.Fatalf("%d sets", len(a.sets))
	}
	for n := range uint64(setSize) {
		if _, must := a.mark(*alike(t, n, 32), 1, 10); !must {
			t.Fatalf("%d isn't asked about", n)
		}
	}
	for n := range uint64(setSize) {
		if _, must := a.mark(*alike(t, n, 32), 1, 10); must {
			t.Errorf("%d was forgotten although there was room", n)
		}
	}
	for n := uint64(setSize); n < 100; n++ {
		if _, must := a.mark(*alike(t, n, 32), 1, 10); !must {
			t.Errorf("%d isn't asked about", n)
		}
		if _, must := a.mark(*alike(t, n, 32), 1, 10); must {
			t.Errorf("%d is asked about twice", n)
		}
	}
}
