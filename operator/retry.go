package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/backoff"
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
		wait := backoff.After(uint64(n), c.config.minBackoff, c.config.maxBackoff)
		if failure.RetryAfter > c.config.maxBackoff {
			return nil, failure // coming sooner would be impolite, and the caller may have something better to do
		}
		wait = max(wait, failure.RetryAfter)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return nil, failure
		}
		if !backoff.Sleep(ctx, wait) {
			return nil, ended(ctx, failure)
		}
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
