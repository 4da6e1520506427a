package refresh

import (
	"math"
	"math/rand/v2"
	"time"
)

// afterSuccess is the interval, spread evenly over ± jitter, but no longer than a Duration can be.
func (c Config) afterSuccess() time.Duration {
	if c.Jitter <= 0 {
		return c.Interval
	}
	spread := c.Jitter * (2*rand.Float64() - 1)
	return c.Interval + min(time.Duration(spread*float64(c.Interval)), math.MaxInt64-c.Interval)
}

// afterFailures is the wait after so many failures in a row (1 or more): evenly between half of a delay and the
// whole of it, where the delay starts at twice the minimum, doubles each time and stops at the maximum.
func (c Config) afterFailures(n uint64) time.Duration {
	delay := c.MinBackoff
	for range n {
		if delay > c.MaxBackoff/2 {
			delay = c.MaxBackoff
			break
		}
		delay *= 2
	}
	half := delay / 2
	return max(c.MinBackoff, half+time.Duration(rand.Int64N(int64(delay-half)+1)))
}
