package refresh

import (
	"math"
	"math/rand/v2"
	"time"
)

// afterSuccess returns the interval, spread evenly over ± jitter, and at most the longest Duration.
func (c Config) afterSuccess() time.Duration {
	if c.Jitter <= 0 {
		return c.Interval
	}
	spread := c.Jitter * (2*rand.Float64() - 1)
	return c.Interval + min(time.Duration(spread*float64(c.Interval)), math.MaxInt64-c.Interval)
}

// afterFailures returns the wait after this many failures in a row (1 or more): evenly distributed
// between half and all of a delay that starts at twice the minimum, doubles each time and stops at
// the maximum.
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
