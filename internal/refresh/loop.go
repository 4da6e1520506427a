package refresh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/backoff"
)

// ErrClosed is wrapped by the error of WaitReady if the Loop was closed before it became ready.
var ErrClosed = errors.New("refresh: closed")

// Loop is a running loop. It is safe for concurrent use; Close must be called to end it.
type Loop struct {
	config Config
	call   func(context.Context) error
	cancel context.CancelFunc
	done   chan struct{} // closed once the goroutine has ended
	ready  chan struct{} // closed at the first success

	mu    sync.Mutex
	state State
}

// State is the outcome of a Loop's calls so far.
type State struct {
	Successes, Failures uint64    // since Start
	FailuresInRow       uint64    // since the last success
	LastSuccess         time.Time // zero before the first one
	LastFailure         time.Time // zero before the first one
	LastError           error     // nil after a success, and before the first call has ended
	Ready               bool
}

// Start starts a goroutine that calls call, at once and then as config says, never twice at a time,
// until Close. call gets a context that ends with Close and, if it takes too long, with
// config.Timeout; it must then return. With an impossible config nothing is started, and the error
// wraps ErrConfig.
func Start(config Config, call func(ctx context.Context) error) (*Loop, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Loop{
		config: config,
		call:   call,
		cancel: cancel,
		done:   make(chan struct{}),
		ready:  make(chan struct{}),
	}
	if config.Ready {
		l.setReady()
	}
	go l.run(ctx)
	return l, nil
}

func (l *Loop) run(ctx context.Context) {
	defer close(l.done)
	timer := time.NewTimer(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := l.once(ctx)
		if ctx.Err() != nil {
			return // ignore errors caused by Close
		}
		timer.Reset(l.record(err))
	}
}

func (l *Loop) once(ctx context.Context) error {
	if l.config.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.config.Timeout)
		defer cancel()
	}
	return l.call(ctx)
}

// record records the outcome of a call and returns how long to wait for the next.
func (l *Loop) record(err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.LastError = err
	if err != nil {
		l.state.Failures++
		l.state.FailuresInRow++
		l.state.LastFailure = l.config.Now()
		return backoff.After(l.state.FailuresInRow, l.config.MinBackoff, l.config.MaxBackoff)
	}
	l.state.Successes++
	l.state.FailuresInRow = 0
	l.state.LastSuccess = l.config.Now()
	l.setReady()
	return l.config.afterSuccess()
}

// setReady must be called with mu held, or before the goroutine runs.
func (l *Loop) setReady() {
	if !l.state.Ready {
		l.state.Ready = true
		close(l.ready)
	}
}

// State returns the outcome of the calls so far.
func (l *Loop) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// WaitReady returns nil once a call has succeeded (or at once, if the config said Ready), even
// after Close. If ctx ends first, the error wraps the context's error and the LastError; if the
// Loop is closed first, it wraps ErrClosed. If the outcome is known already, ctx is ignored.
func (l *Loop) WaitReady(ctx context.Context) error {
	reason := ErrClosed
	select {
	case <-l.ready:
		return nil
	case <-l.done:
	case <-ctx.Done():
		if !l.closed() {
			reason = ctx.Err()
		}
	}
	return l.notReady(reason)
}

func (l *Loop) closed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// notReady returns the error for reason, or nil if the Loop is ready after all.
func (l *Loop) notReady(reason error) error {
	state := l.State()
	switch {
	case state.Ready: // select may have chosen another ready case
		return nil
	case state.LastError == nil:
		return fmt.Errorf("refresh: not ready: %w", reason)
	default:
		return fmt.Errorf("refresh: not ready: %w; last: %w", reason, state.LastError)
	}
}

// Close ends the loop: it cancels the context of a call in flight, waits for that call to return,
// and then for the goroutine. It always returns nil, and may be called more than once. It must not
// be called from within the call.
func (l *Loop) Close() error {
	l.cancel()
	<-l.done
	return nil
}
