package refresh_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/refresh"
)

var errDown = errors.New("down")

// script is a call that answers as told and notes when it was called.
type script struct {
	mu    sync.Mutex
	err   error
	calls []time.Time
}

func (s *script) call(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, time.Now())
	return s.err
}

func (s *script) answer(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// gaps returns the times between calls, and forgets all calls but the last.
func (s *script) gaps() (gaps []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 1; i < len(s.calls); i++ {
		gaps = append(gaps, s.calls[i].Sub(s.calls[i-1]))
	}
	s.calls = s.calls[len(s.calls)-1:]
	return gaps
}

func start(t *testing.T, config refresh.Config, call func(context.Context) error) *refresh.Loop {
	t.Helper()
	l := refresh.Start(config, call)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestFirstCallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := new(script)
		l := start(t, refresh.Config{}, s.call)
		if state := l.State(); state != (refresh.State{}) {
			t.Errorf("state before the first call: %+v", state)
		}
		synctest.Wait()
		state := l.State()
		if state.Successes != 1 || !state.Ready || !state.LastSuccess.Equal(began) || state.LastError != nil {
			t.Errorf("state after the first call: %+v", state)
		}
	})
}

func TestIntervalAndJitter(t *testing.T) {
	for _, c := range []struct {
		name     string
		config   refresh.Config
		min, max time.Duration
	}{
		{"defaults", refresh.Config{}, 54 * time.Minute, 66 * time.Minute},
		{"half", refresh.Config{Interval: 10 * time.Second, Jitter: 0.5}, 5 * time.Second, 15 * time.Second},
		{"none", refresh.Config{Interval: 10 * time.Second, Jitter: -1}, 10 * time.Second, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(script)
				l := start(t, c.config, s.call)
				time.Sleep(300 * c.max)
				least, most := time.Duration(math.MaxInt64), time.Duration(0)
				gaps := s.gaps()
				for _, gap := range gaps {
					least, most = min(least, gap), max(most, gap)
				}
				if len(gaps) < 290 || least < c.min || most > c.max {
					t.Errorf("%d gaps, between %v and %v", len(gaps), least, most)
				}
				if spread := c.max - c.min; most-least < spread/2 {
					t.Errorf("gaps between %v and %v are no spread over %v", least, most, spread)
				}
				if l.State().Failures != 0 {
					t.Error("failures counted")
				}
			})
		})
	}
}

func TestBackoffAndRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		l := start(t, refresh.Config{MinBackoff: time.Second, MaxBackoff: 16 * time.Second}, s.call)
		time.Sleep(5 * time.Minute)

		state := l.State()
		if state.Ready || state.Successes != 0 || !errors.Is(state.LastError, errDown) || state.FailuresInRow != state.Failures {
			t.Fatalf("state while failing: %+v", state)
		}
		whole := []time.Duration{2, 4, 8, 16, 16}
		for i, gap := range s.gaps() {
			most := whole[min(i, len(whole)-1)] * time.Second
			if gap < most/2 || gap > most {
				t.Errorf("after failure %d it waited %v, want %v to %v", i+1, gap, most/2, most)
			}
		}

		s.answer(nil)
		time.Sleep(17 * time.Second)
		state = l.State()
		if !state.Ready || state.LastError != nil || state.FailuresInRow != 0 || state.Successes != 1 {
			t.Fatalf("state after recovery: %+v", state)
		}

		s.gaps()
		s.answer(errDown)
		time.Sleep(67 * time.Minute)
		state = l.State()
		if !state.Ready || state.FailuresInRow == 0 || !state.LastFailure.After(state.LastSuccess) {
			t.Fatalf("state when it fails again: %+v", state)
		}
		gaps := s.gaps()
		if gaps[0] < 54*time.Minute || gaps[1] > 2*time.Second {
			t.Errorf("the wait after the recovery was %v, and the backoff didn't start over: %v", gaps[0], gaps[1])
		}
	})
}

func TestNarrowBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		start(t, refresh.Config{MinBackoff: 3 * time.Second, MaxBackoff: 3 * time.Second}, s.call)
		time.Sleep(time.Minute)
		for _, gap := range s.gaps() {
			if gap != 3*time.Second {
				t.Fatalf("waited %v", gap)
			}
		}
	})
}

func TestCloseInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		l := refresh.Start(refresh.Config{Timeout: -1}, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second) // cleaning up
			cause = ctx.Err()
			return cause
		})
		synctest.Wait()
		l.Close()
		if cause != context.Canceled { // also: Close waited, or this were a race
			t.Errorf("the call in flight saw %v", cause)
		}
		if state := l.State(); state.Failures != 0 || state.LastError != nil {
			t.Errorf("closing counts as failure: %+v", state)
		}
		l.Close()
		time.Sleep(24 * time.Hour) // synctest.Test fails if the goroutine still waits
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		l := start(t, refresh.Config{Timeout: 7 * time.Second, MinBackoff: time.Minute}, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(8 * time.Second)
		state := l.State()
		if !errors.Is(state.LastError, context.DeadlineExceeded) || state.LastFailure.Sub(began) != 7*time.Second {
			t.Errorf("state: %+v", state)
		}
	})
}

func TestWaitReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		l := start(t, refresh.Config{}, s.call)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := l.WaitReady(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDown) {
			t.Errorf("while it fails: %v", err)
		}

		waited := make(chan error)
		go func() { waited <- l.WaitReady(t.Context()) }()
		synctest.Wait()
		s.answer(nil)
		if err := <-waited; err != nil {
			t.Errorf("after recovery: %v", err)
		}
		if err := l.WaitReady(ctx); err != nil {
			t.Errorf("ready, with a context that has ended: %v", err)
		}
		l.Close()
		if err := l.WaitReady(t.Context()); err != nil {
			t.Errorf("ready once, closed now: %v", err)
		}
	})
}

func TestWaitReadyBeforeFirstCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, refresh.Config{}, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("first call in flight: %v", err)
		}
	})
}

func TestWaitReadyClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		l := start(t, refresh.Config{}, s.call)
		waited := make(chan error)
		go func() { waited <- l.WaitReady(context.Background()) }()
		synctest.Wait()
		l.Close()
		if err := <-waited; !errors.Is(err, refresh.ErrClosed) || !errors.Is(err, errDown) {
			t.Errorf("closed while waiting: %v", err)
		}
		if err := l.WaitReady(context.Background()); !errors.Is(err, refresh.ErrClosed) {
			t.Errorf("closed before waiting: %v", err)
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		for range 200 { // often enough for a coin to show both sides
			if err := l.WaitReady(ended); !errors.Is(err, refresh.ErrClosed) {
				t.Fatalf("closed before the context ended: %v", err)
			}
		}
	})
}

func TestReadyFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		l := start(t, refresh.Config{Ready: true}, s.call)
		if err := l.WaitReady(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if state := l.State(); !state.Ready || !state.LastSuccess.IsZero() || !errors.Is(state.LastError, errDown) {
			t.Errorf("state: %+v", state)
		}
	})
}

func TestNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := time.UnixMilli(1768478400000)
		l := start(t, refresh.Config{Now: func() time.Time { return fixed }}, new(script).call)
		synctest.Wait()
		if got := l.State().LastSuccess; !got.Equal(fixed) {
			t.Errorf("LastSuccess is %v", got)
		}
	})
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]refresh.Config{
		"negative interval":   {Interval: -1},
		"jitter above 0.9":    {Jitter: 0.91},
		"jitter not a number": {Jitter: math.NaN()},
		"negative backoff":    {MinBackoff: -1},
		"backoffs swapped":    {MinBackoff: 2, MaxBackoff: 1},
		"below the default":   {MaxBackoff: time.Millisecond},
	} {
		if c.Check() == nil {
			t.Errorf("%s: no error", name)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Start didn't panic", name)
				}
			}()
			refresh.Start(c, func(context.Context) error { return nil }).Close()
		}()
	}
	for name, c := range map[string]refresh.Config{
		"zero": {}, "no jitter": {Jitter: -1}, "no timeout": {Timeout: -1}, "all": {time.Second, 0.9, 1, 1, 1, true, time.Now},
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
