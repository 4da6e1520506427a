// Package backoff says how long to wait after failures, and waits.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// After is the wait after so many failures in a row, 1 or more: evenly between half of a delay and
// the whole of it, where the delay starts at twice the shortest, doubles each time and stops at the
// longest, so that a fleet thrown off together doesn't come back as one. It is never below the
// shortest. 0 < shortest <= longest.
func After(failures uint64, shortest, longest time.Duration) time.Duration {
	delay := shortest
	for range failures {
		if delay > longest/2 {
			delay = longest
			break
		}
		delay *= 2
	}
	half := delay / 2
	return max(shortest, half+time.Duration(rand.Int64N(int64(delay-half)+1)))
}

// Sleep waits, and reports whether it did so to the end: it returns early when ctx ends.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
