//go:build go1.25

package optout_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// operatorOf is an operator that knows who has opted out, and records what it was asked.
type operatorOf struct {
	optedOut func(codec.RawUID) bool
	fail     atomic.Bool

	mu      sync.Mutex
	batches []int
	asked   map[codec.RawUID]int
}

var errAway = errors.New("the operator is away")

func (o *operatorOf) ask(_ context.Context, uids []codec.RawUID, optedOut func(codec.RawUID, int64)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.batches = append(o.batches, len(uids))
	if o.fail.Load() {
		return errAway
	}
	for _, uid := range uids {
		if o.asked == nil {
			o.asked = make(map[codec.RawUID]int)
		}
		o.asked[uid]++
		if o.optedOut != nil && o.optedOut(uid) {
			optedOut(uid, 5000)
		}
	}
	return nil
}

func (o *operatorOf) requests() (batches []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append(batches, o.batches...)
}

// TestImpossiblePollers: nothing is started, and the error says what would be possible.
func TestImpossiblePollers(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	o := &operatorOf{}
	for says, option := range map[string]optout.PollerOption{
		"0 raw UIDs":       optout.WithBatch(0),
		"1 to 5000":        optout.WithBatch(5001),
		"a millisecond":    optout.WithPause(time.Millisecond - 1),
		"59.999999999s":    optout.WithRecheck(time.Minute - 1),
		"16777215 minutes": optout.WithRecheck(1 << 24 * time.Minute),
	} {
		if p, err := optout.NewPoller(s, o.ask, option); p != nil || !errors.Is(err, optout.ErrOption) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, %v", says, p, err)
		}
	}
	if _, err := optout.NewPoller(nil, o.ask); !errors.Is(err, optout.ErrOption) {
		t.Errorf("no store: %v", err)
	}
	if _, err := optout.NewPoller(s, nil); !errors.Is(err, optout.ErrOption) {
		t.Errorf("nobody to ask: %v", err)
	}
	p := optout.StartPoller(t, s, o.ask, optout.WithBatch(5000), optout.WithPause(time.Millisecond), optout.WithRecheck((1<<24-1)*time.Minute))
	defer p.Close()
}

// TestPoller: whoever is met is asked about once a day, in batches with a pause between them.
func TestPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := optout.Open(memoryLog{})
		defer s.Close()
		third := make(map[codec.RawUID]bool)
		for i := 0; i < 7000; i += 3 {
			third[numbered(i)] = true
		}
		o := &operatorOf{optedOut: func(u codec.RawUID) bool { return third[u] }}
		p := optout.StartPoller(t, s, o.ask)
		defer p.Close()
		meet := func() (taken int) {
			for i := range 7000 {
				if p.Offer(numbered(i), time.Now().UnixMilli()) {
					taken++
				}
			}
			return taken
		}
		if n := meet(); n != 7000 {
			t.Fatalf("%d are asked about", n)
		}
		if n := meet(); n != 0 {
			t.Errorf("%d are asked about twice", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := o.requests(); len(got) != 1 || got[0] != 2500 {
			t.Errorf("after a second: %v", got)
		}
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if got := o.requests(); len(got) != 3 || got[1] != 2500 || got[2] != 2000 {
			t.Errorf("at last: %v", got)
		}
		for i := range 7000 {
			if got := s.OptOut(numbered(i)); (got.State == bidstream.OptedOut) != (i%3 == 0) || i%3 == 0 && got.SinceMs != 5000 {
				t.Fatalf("%d is %v since %d", i, got.State, got.SinceMs)
			}
		}
		if st := p.Stats(); st.Checked != 7000 || st.OptedOut != uint64(len(third)) || st.Waiting != 0 || st.Dropped != 0 || st.LastSuccess.IsZero() {
			t.Errorf("%+v", st)
		}
		time.Sleep(23 * time.Hour)
		if n := meet(); n != 0 {
			t.Errorf("%d are asked about on the same day", n)
		}
		time.Sleep(time.Hour)
		if n := meet(); n != 7000 {
			t.Errorf("%d are asked about on the next day", n)
		}
	})
}

// TestPollerFailures: a batch that failed is retried, with longer and longer pauses, and no user is
// lost.
func TestPollerFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := optout.Open(memoryLog{})
		defer s.Close()
		o := &operatorOf{optedOut: func(codec.RawUID) bool { return true }}
		o.fail.Store(true)
		p := optout.StartPoller(t, s, o.ask, optout.WithBatch(10), optout.WithPause(time.Second))
		defer p.Close()
		for i := range 15 {
			p.Offer(numbered(i), time.Now().UnixMilli())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(o.requests()); n < 15 || n > 25 || p.Stats().Failures != uint64(n) || !errors.Is(p.Err(), errAway) {
			t.Errorf("%d failures in an hour, %v", n, p.Err())
		}
		o.fail.Store(false)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		for i := range 15 {
			if o.asked[numbered(i)] != 1 || s.OptOut(numbered(i)).State != bidstream.OptedOut {
				t.Errorf("%d was asked about %d times", i, o.asked[numbered(i)])
			}
		}
		if p.Err() != nil {
			t.Error(p.Err())
		}
	})
}

// TestPollerUnderPressure: what doesn't fit is dropped and counted, and may be offered again.
func TestPollerUnderPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := optout.Open(memoryLog{})
		defer s.Close()
		o := &operatorOf{}
		p := optout.StartPoller(t, s, o.ask, optout.WithBatch(5000))
		defer p.Close()
		const queue, met = 1 << 16, 70_000
		taken := 0
		for i := range met {
			if p.Offer(numbered(i), 0) {
				taken++
			}
		}
		if st := p.Stats(); st.Waiting != queue || st.Dropped != met-queue || taken != queue {
			t.Errorf("%+v, %d taken", st, taken)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for i := range met {
			p.Offer(numbered(i), 0)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(o.asked) != met {
			t.Errorf("%d were asked about", len(o.asked))
		}
		if p.Offer(codec.RawUID{}, 0) {
			t.Error("nobody is asked about")
		}
	})
}

// TestPollerConcurrently: of several concurrent offers of a user, exactly one is accepted.
func TestPollerConcurrently(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	o := &operatorOf{}
	p := optout.StartPoller(t, s, o.ask, optout.WithPause(time.Millisecond))
	defer p.Close()
	var bidding sync.WaitGroup
	for range 8 {
		bidding.Go(func() {
			for i := range 20_000 {
				p.Offer(numbered(i), 0)
			}
		})
	}
	bidding.Wait()
	for deadline := time.Now().Add(20 * time.Second); p.Stats().Checked < 20_000; {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", p.Stats())
		}
		time.Sleep(time.Millisecond)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.asked) != 20_000 {
		t.Errorf("%d were asked about", len(o.asked))
	}
	for _, n := range o.asked {
		if n != 1 {
			t.Fatalf("one was asked about %d times", n)
		}
	}
	for _, n := range o.batches {
		if n > 2500 {
			t.Errorf("a batch of %d", n)
		}
	}
}
