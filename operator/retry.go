package operator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// retry calls attempt until it succeeds, retrying can't help, or ctx ends.
func (c *Client) retry(ctx context.Context, attempt func() ([]byte, *Error)) ([]byte, error) {
	for n := 1; ; n++ {
		answer, failure := attempt()
		if failure == nil {
			return answer, nil
		}
		failure.Attempts = n
		if n == c.config.attempts || !failure.retryable() || errors.Is(failure.Err, context.DeadlineExceeded) {
			return nil, failure
		}
		if ctx.Err() != nil {
			return nil, ended(ctx, failure)
		}
		wait := c.backoff(n)
		if failure.RetryAfter > c.config.maxBackoff {
			return nil, failure // coming sooner would be impolite, and the caller may have something better to do
		}
		wait = max(wait, failure.RetryAfter)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return nil, failure
		}
		if !sleep(ctx, wait) {
			return nil, ended(ctx, failure)
		}
	}
}

// backoff returns the wait after attempt n: random between half and all of a delay that starts at
// twice the shortest wait and doubles up to the longest.
func (c *Client) backoff(n int) time.Duration {
	delay := c.config.minBackoff
	for range n {
		if delay > c.config.maxBackoff/2 {
			delay = c.config.maxBackoff
			break
		}
		delay *= 2
	}
	half := delay / 2
	return max(c.config.minBackoff, half+time.Duration(rand.Int64N(int64(delay-half)+1)))
}

// sleep reports whether it slept for all of d.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ended returns the failure of a call whose context has ended; last is the failure of its last
// attempt, or nil.
func ended(ctx context.Context, last *Error) *Error {
	e := &Error{Err: context.Cause(ctx)}
	switch {
	case errors.Is(e.Err, ErrClosed):
		e.Kind, e.Err = ErrClosed, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Kind, e.Err = ErrUnavailable, ctx.Err()
	default:
		e.Err = ctx.Err()
	}
	if last != nil {
		e.Attempts = last.Attempts
		if e.Err != nil {
			e.Err = fmt.Errorf("%w; before: %w", e.Err, last)
		}
	}
	return e
}
