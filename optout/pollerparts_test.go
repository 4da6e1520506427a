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

// TestPollerOptions: values out of range are clamped.
func TestPollerOptions(t *testing.T) {
	for _, c := range []struct {
		option  PollerOption
		batch   int
		pause   time.Duration
		recheck uint64
	}{
		{WithBatch(2500), 2500, time.Second, 24 * 60}, // the default
		{WithBatch(0), 1, time.Second, 24 * 60}, {WithBatch(1), 1, time.Second, 24 * 60}, {WithBatch(5000), 5000, time.Second, 24 * 60}, {WithBatch(5001), 5000, time.Second, 24 * 60},
		{WithPause(0), 2500, time.Millisecond, 24 * 60}, {WithPause(time.Hour), 2500, time.Hour, 24 * 60},
		{WithRecheck(0), 2500, time.Second, 1}, {WithRecheck(time.Minute), 2500, time.Second, 1}, {WithRecheck(119 * time.Second), 2500, time.Second, 1},
		{WithRecheck(time.Hour), 2500, time.Second, 60}, {WithRecheck(1 << 62), 2500, time.Second, minuteMask},
	} {
		p := NewPoller(nil, nil, c.option)
		if p.Close(); p.batch != c.batch || p.pause != c.pause || p.recheck != c.recheck {
			t.Errorf("batch %d, pause %v, recheck %d; want %+v", p.batch, p.pause, p.recheck, c)
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
			p := NewPoller(s, func(_ context.Context, uids []codec.RawUID, _ func(codec.RawUID, int64)) error {
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
	p := NewPoller(s, func(_ context.Context, _ []codec.RawUID, optedOut func(codec.RawUID, int64)) error {
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
