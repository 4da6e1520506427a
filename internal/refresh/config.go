package refresh

import (
	"errors"
	"fmt"
	"time"
)

// Config says when a Loop makes its calls. The zero value of each field is its default.
type Config struct {
	// Interval is the time between a success and the next call. Default one hour.
	Interval time.Duration
	// Jitter is the largest fraction of Interval, 0 to 0.9, by which it is randomly lengthened
	// or shortened. Default 0.1; a negative value means none.
	Jitter float64
	// MinBackoff is the shortest wait after a failure. Default one second.
	MinBackoff time.Duration
	// MaxBackoff is the longest wait after a failure. Default five minutes.
	MaxBackoff time.Duration
	// Timeout limits the time of a call, by its context. Default two minutes; a negative value
	// means no limit.
	Timeout time.Duration
	// Ready makes the Loop ready before its first success, because something to work with
	// exists already.
	Ready bool
	// Now is the clock for LastSuccess and LastFailure. Waits always use the real clock.
	// Default time.Now.
	Now func() time.Time
}

// ErrConfig is wrapped by what Start says about an impossible Config.
var ErrConfig = errors.New("impossible setting")

// check returns an error that names the first impossible setting, and what would be possible.
func (c Config) check() error {
	switch {
	case c.Interval < 0:
		return impossible("the interval is negative: it is positive, or 0 for the default")
	case c.Jitter > 0.9 || c.Jitter != c.Jitter:
		return impossible("the jitter is not a part between 0 and 0.9")
	case c.MinBackoff < 0:
		return impossible("the shortest backoff is negative: it is positive, or 0 for the default")
	case c.MaxBackoff < c.MinBackoff:
		return impossible("the longest backoff is shorter than the shortest, %v", c.MinBackoff)
	}
	return nil
}

func impossible(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...)
}

func (c Config) withDefaults() Config {
	orElse(&c.Interval, time.Hour)
	orElse(&c.Jitter, 0.1)
	orElse(&c.MinBackoff, time.Second)
	orElse(&c.MaxBackoff, 5*time.Minute)
	orElse(&c.Timeout, 2*time.Minute)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orElse[T comparable](p *T, fallback T) {
	var unset T
	if *p == unset {
		*p = fallback
	}
}
