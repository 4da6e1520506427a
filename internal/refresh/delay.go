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
