//go:build go1.25

package backoff_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/backoff"
)

// TestAfter: each wait is spread evenly over the upper half of a delay that doubles up to the
// longest.
func TestAfter(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		failures          uint64
		shortest, longest time.Duration
		from, to          time.Duration
	}{
		{1, s, 20 * s, s, 2 * s}, {2, s, 20 * s, 2 * s, 4 * s}, {4, s, 20 * s, 8 * s, 16 * s}, {5, s, 20 * s, 10 * s, 20 * s},
		{math.MaxUint64, s, 20 * s, 10 * s, 20 * s}, {3, s, 16 * s, 4 * s, 8 * s}, {4, s, 16 * s, 8 * s, 16 * s},
		{1, 3 * s, 4 * s, 3 * s, 4 * s}, {7, 3 * s, 3 * s, 3 * s, 3 * s}, {1, 1, 1, 1, 1}, {2, 1, 2, 1, 2},
		{9, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64}, {64, 1, math.MaxInt64, math.MaxInt64 / 2, math.MaxInt64},
	} {
		least, most := time.Duration(math.MaxInt64), time.Duration(0)
		for range 2000 {
			wait := backoff.After(c.failures, c.shortest, c.longest)
			least, most = min(least, wait), max(most, wait)
		}
		if least < c.from || most > c.to {
			t.Errorf("%+v: it waits %v to %v", c, least, most)
		}
		if spread := c.to - c.from; most-least < spread-spread/20 {
			t.Errorf("%+v: %v to %v is no spread", c, least, most)
		}
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if !backoff.Sleep(t.Context(), time.Hour) || time.Since(start) != time.Hour {
			t.Errorf("slept %v", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if backoff.Sleep(ctx, time.Hour) || time.Since(start) != time.Hour+time.Minute {
			t.Errorf("with a context that ends: %v", time.Since(start))
		}
	})
}
