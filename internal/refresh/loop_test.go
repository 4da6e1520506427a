//go:build go1.25

package refresh_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/refresh"
)

var errDown = errors.New("down")

// script is a call with preset results that records when it was called.
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
	l, err := refresh.Start(config, call)
	if err != nil {
		t.Fatal(err)
	}
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
		{"less than none", refresh.Config{Interval: 10 * time.Second, Jitter: -0.5}, 10 * time.Second, 10 * time.Second},
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

// TestBackoff: each wait is evenly distributed over the upper half of a delay that doubles up to
// the longest.
func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		name   string
		config refresh.Config
		whole  []time.Duration // after the first failure, the second, and so on
	}{
		{"defaults", refresh.Config{}, seconds(2, 4, 8, 16, 32, 64, 128, 256, 300, 300)},
		{"no power of two", refresh.Config{MinBackoff: time.Second, MaxBackoff: 20 * time.Second}, seconds(2, 4, 8, 16, 20, 20)},
		{"a power of two", refresh.Config{MinBackoff: time.Second, MaxBackoff: 16 * time.Second}, seconds(2, 4, 8, 16, 16)},
		{"two nanoseconds", refresh.Config{MinBackoff: 1, MaxBackoff: 2}, []time.Duration{2, 2, 2}},
		{"one nanosecond", refresh.Config{MinBackoff: 1, MaxBackoff: 1}, []time.Duration{1, 1, 1}},
		{"constant", refresh.Config{MinBackoff: 3 * time.Second, MaxBackoff: 3 * time.Second}, seconds(3, 3, 3)},
		{"almost constant", refresh.Config{MinBackoff: 3 * time.Second, MaxBackoff: 4 * time.Second}, seconds(4, 4)},
		{"for ever", refresh.Config{MinBackoff: math.MaxInt64 / 300, MaxBackoff: math.MaxInt64 / 300}, []time.Duration{math.MaxInt64 / 300}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shortest := c.config.MinBackoff
				if shortest == 0 {
					shortest = time.Second
				}
				least, most := waits(t, c.config, len(c.whole))
				for i, whole := range c.whole {
					from := max(shortest, whole/2)
					if least[i] < from || most[i] > whole {
						t.Errorf("after failure %d it waited %v to %v, want %v to %v", i+1, least[i], most[i], from, whole)
					}
					if spread := whole - from; most[i]-least[i] < spread-spread/5 {
						t.Errorf("after failure %d it waited %v to %v: no spread over %v to %v", i+1, least[i], most[i], from, whole)
					}
				}
			})
		})
	}
}

func seconds(all ...time.Duration) []time.Duration {
	for i := range all {
		all[i] *= time.Second
	}
	return all
}

// waits returns the shortest and the longest wait after each of this many failures, of 200 loops.
func waits(t *testing.T, config refresh.Config, failures int) (least, most []time.Duration) {
	t.Helper()
	least, most = make([]time.Duration, failures), make([]time.Duration, failures)
	for range 200 {
		enough := make(chan struct{})
		var calls []time.Time
		l, err := refresh.Start(config, func(context.Context) error {
			if calls = append(calls, time.Now()); len(calls) == failures+1 {
				close(enough)
			}
			return errDown
		})
		if err != nil {
			t.Fatal(err)
		}
		<-enough
		l.Close()
		for i := range failures {
			gap := calls[i+1].Sub(calls[i])
			if most[i] = max(most[i], gap); least[i] == 0 || gap < least[i] {
				least[i] = gap
			}
		}
	}
	return least, most
}

func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{err: errDown}
		l := start(t, refresh.Config{MinBackoff: time.Second, MaxBackoff: 16 * time.Second}, s.call)
		time.Sleep(5 * time.Minute)

		state := l.State()
		if state.Ready || state.Successes != 0 || !errors.Is(state.LastError, errDown) || state.FailuresInRow != state.Failures {
			t.Fatalf("state while failing: %+v", state)
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

// TestIntervalWithoutEnd: an interval that stands for "never" isn't made short by its jitter.
func TestIntervalWithoutEnd(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := new(script)
			start(t, refresh.Config{Interval: math.MaxInt64, Jitter: 0.9}, s.call)
			time.Sleep(24 * time.Hour)
			if gaps := s.gaps(); len(gaps) != 0 {
				t.Fatalf("called again after %v", gaps[0])
			}
		})
	}
}

func TestCloseInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		l := start(t, refresh.Config{Timeout: -1}, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second) // clean-up
			cause = ctx.Err()
			return cause
		})
		synctest.Wait()
		l.Close()
		if cause != context.Canceled { // this also shows that Close waited, or it would be a race
			t.Errorf("the call in flight saw %v", cause)
		}
		if state := l.State(); state.Failures != 0 || state.LastError != nil {
			t.Errorf("closing counts as failure: %+v", state)
		}
		l.Close()
		time.Sleep(24 * time.Hour) // synctest.Test fails if the goroutine is still waiting
	})
}

// TestCloseWhileWaiting: there are no more calls.
func TestCloseWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(script)
		l := start(t, refresh.Config{}, s.call)
		time.Sleep(time.Minute)
		l.Close()
		if len(s.calls) != 1 {
			t.Errorf("%d calls", len(s.calls))
		}
	})
}

func TestTimeout(t *testing.T) {
	for name, c := range map[string]struct{ timeout, want time.Duration }{
		"default": {0, 2 * time.Minute}, "seconds": {7 * time.Second, 7 * time.Second}, "the shortest": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				l := start(t, refresh.Config{Timeout: c.timeout, MinBackoff: time.Minute}, func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				})
				time.Sleep(c.want + time.Second)
				state := l.State()
				if !errors.Is(state.LastError, context.DeadlineExceeded) || state.LastFailure.Sub(began) != c.want {
					t.Errorf("state: %+v", state)
				}
			})
		})
	}
}

func TestNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, refresh.Config{Timeout: -1}, func(ctx context.Context) error {
			if deadline, ok := ctx.Deadline(); ok {
				t.Errorf("it ends at %v", deadline)
			}
			time.Sleep(48 * time.Hour)
			return ctx.Err()
		})
		time.Sleep(49 * time.Hour)
		if state := l.State(); state.Successes != 1 || state.Failures != 0 {
			t.Errorf("state: %+v", state)
		}
	})
}

// TestContextEndsWithTheCall: what a call has started and left behind is canceled, instead of
// running until the timeout.
func TestContextEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var of context.Context
		start(t, refresh.Config{}, func(ctx context.Context) error {
			of = ctx
			return nil
		})
		synctest.Wait()
		if err := of.Err(); err != context.Canceled {
			t.Errorf("after the call: %v", err)
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
		for range 200 { // often enough to see both outcomes of a random choice
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

// TestImpossibleConfig: nothing is started, and the error names the setting.
func TestImpossibleConfig(t *testing.T) {
	for name, impossible := range map[string]struct {
		config refresh.Config
		named  string
	}{
		"negative interval":   {refresh.Config{Interval: -1}, "interval"},
		"jitter above 0.9":    {refresh.Config{Jitter: 0.91}, "jitter"},
		"jitter not a number": {refresh.Config{Jitter: math.NaN()}, "jitter"},
		"negative backoff":    {refresh.Config{MinBackoff: -1}, "shortest backoff"},
		"backoffs swapped":    {refresh.Config{MinBackoff: 2, MaxBackoff: 1}, "longest backoff"},
		"below the default":   {refresh.Config{MaxBackoff: time.Millisecond}, "longest backoff"},
		"several":             {refresh.Config{Jitter: 1, MinBackoff: -1}, "jitter"},
	} {
		l, err := refresh.Start(impossible.config, func(context.Context) error { return nil })
		if l != nil || !errors.Is(err, refresh.ErrConfig) || !strings.Contains(err.Error(), impossible.named) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	for name, c := range map[string]refresh.Config{
		"zero": {}, "no jitter": {Jitter: -1}, "no timeout": {Timeout: -1}, "all": {time.Second, 0.9, 1, 1, 1, true, time.Now},
	} {
		if l, err := refresh.Start(c, func(context.Context) error { return nil }); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			l.Close()
		}
	}
}
