package keyset

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/discard"
	"github.com/uid2rtb/uid2rtb/internal/refresh"
)

// ErrOption is wrapped by what NewRefresher says about an impossible option.
var ErrOption = errors.New("keyset: impossible option")

// Option sets one thing of a Refresher. NewRefresher refuses impossible values.
type Option func(*config)

type config struct {
	loop  refresh.Config
	scope codec.Scope
	cache *Cache
	log   *slog.Logger
}

func newConfig(opts []Option) config {
	c := config{log: slog.Default()}
	for _, opt := range opts {
		opt(&c)
	}
	if c.loop.Now == nil {
		c.loop.Now = time.Now
	}
	if c.log == nil {
		c.log = discard.Logger()
	}
	return c
}

// check refuses what the loop wouldn't.
func (c *config) check() error {
	if c.scope > codec.ScopeEUID {
		return fmt.Errorf("%w: the scope is neither UID2 nor EUID", ErrOption)
	}
	return nil
}

// WithInterval sets the time from a successful refresh to the next. 0 means the default, one hour.
func WithInterval(d time.Duration) Option { return func(c *config) { c.loop.Interval = d } }

// WithJitter sets the largest fraction of the interval, 0 to 0.9, by which each wait is randomly
// lengthened or shortened, so that the refreshes of a fleet spread out. Default 0.1.
func WithJitter(part float64) Option {
	return func(c *config) {
		if part == 0 {
			part = -1 // no jitter: to the loop, 0 means the default
		}
		c.loop.Jitter = part
	}
}

// WithBackoff sets the shortest and the longest wait after a failed refresh; the wait doubles from
// one to the other, with jitter. Default one second and five minutes; 0 means the default.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(c *config) { c.loop.MinBackoff, c.loop.MaxBackoff = shortest, longest }
}

// WithFetchTimeout limits the time of a Fetch, by its context. Default two minutes; 0 means the
// default, and a negative time means no limit.
func WithFetchTimeout(d time.Duration) Option { return func(c *config) { c.loop.Timeout = d } }

// WithScope refuses answers of any other identity scope. Default: the scope of the first answer.
func WithScope(scope codec.Scope) Option { return func(c *config) { c.scope = scope } }

// WithCache keeps the last good answer in a sealed file, and starts from it. Default: no file.
func WithCache(cache Cache) Option { return func(c *config) { c.cache = &cache } }

// WithLogger sets where failures and recoveries are logged, one line per change. Default
// slog.Default(); nil logs nothing.
func WithLogger(log *slog.Logger) Option { return func(c *config) { c.log = log } }

// WithNow sets the clock by which keys expire and age. Default, also for nil: time.Now. The waits
// between refreshes always use the real clock.
func WithNow(now func() time.Time) Option { return func(c *config) { c.loop.Now = now } }
