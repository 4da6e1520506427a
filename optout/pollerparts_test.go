//go:build go1.25

package optout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// TestPollerOptions: what isn't said has a default, and what is said stays, up to the edges of what
// is possible.
func TestPollerOptions(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		options []PollerOption
		want    pollerConfig
	}{
		{nil, pollerConfig{2500, time.Second, day}},
		{[]PollerOption{WithBatch(1)}, pollerConfig{1, time.Second, day}},
		{[]PollerOption{WithBatch(5000), WithPause(time.Millisecond)}, pollerConfig{5000, time.Millisecond, day}},
		{[]PollerOption{WithRecheck(time.Minute)}, pollerConfig{2500, time.Second, time.Minute}},
		{[]PollerOption{WithRecheck(minuteMask * time.Minute)}, pollerConfig{2500, time.Second, minuteMask * time.Minute}},
	} {
		p := StartPoller(t, new(Store), func(context.Context, []codec.RawUID, func(codec.RawUID, int64)) error { return nil }, c.options...)
		if p.Close(); p.config != c.want {
			t.Errorf("%+v, want %+v", p.config, c.want)
		}
	}
}

// TestPollerPauses: after failures, the pause doubles up to five minutes, or stays the same if it
// is longer; a success resets it.
func TestPollerPauses(t *testing.T) {
	for pause, want := range map[time.Duration][]time.Duration{
		time.Minute:      {time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute, time.Minute},
		10 * time.Minute: {10 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := Open(newFullLog())
			defer s.Close()
			var asked []time.Time
			last := time.Now()
			p := StartPoller(t, s, func(_ context.Context, uids []codec.RawUID, _ func(codec.RawUID, int64)) error {
				asked = append(asked, time.Now())
				if len(asked) < len(want)-1 {
					return errDown
				}
				return nil
			}, WithPause(pause))
			p.Offer(*alike(t, 1, 32), 0)
			for range 2 {
				time.Sleep(2 * time.Hour)
				synctest.Wait()
			}
			p.Close()
			if len(asked) != len(want)-1 {
				t.Fatalf("asked %d times", len(asked))
			}
			for i, at := range asked {
				if at.Sub(last) != want[i] {
					t.Errorf("pause %v, number %d: %v", pause, i, at.Sub(last))
				}
				last = at
			}
			if st := p.Stats(); st.Failures != uint64(len(want)-2) || st.Checked != 1 || !st.LastSuccess.Equal(last) || p.Err() != nil {
				t.Errorf("%+v, %v", st, p.Err())
			}
		})
	}
}

// TestPollerKeepsTheLatest: of several times of a user, the latest is recorded; if one can't be
// recorded, the batch fails.
func TestPollerKeepsTheLatest(t *testing.T) {
	log := newFullLog()
	s := Open(log)
	defer s.Close()
	answer := error(nil)
	p := StartPoller(t, s, func(_ context.Context, _ []codec.RawUID, optedOut func(codec.RawUID, int64)) error {
		optedOut(*alike(t, 1, 32), 2000)
		optedOut(*alike(t, 1, 32), 3000)
		optedOut(*alike(t, 1, 32), 1000)
		return answer
	})
	p.Close()
	if err := p.check(t.Context(), nil); err != nil || len(log.appended) != 1 || log.appended[0].SinceMs != 3000 || p.Stats().OptedOut != 1 {
		t.Errorf("%v, %+v, %+v", err, log.appended, p.Stats())
	}
	answer = errDown
	if err := p.check(t.Context(), nil); !errors.Is(err, errDown) || p.Stats().OptedOut != 2 {
		t.Errorf("%v, %+v", err, p.Stats())
	}
	s.recent.forget()
	answer, log.fail = nil, errDown
	if err := p.check(t.Context(), nil); !errors.Is(err, errDown) || p.Stats().OptedOut != 2 {
		t.Errorf("%v, %+v", err, p.Stats())
	}
}
