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

// WithJitter sets the largest part of the interval, 0 to 0.9, that is added or taken away at random each time, so that
// a fleet spreads. Default 0.1.
func WithJitter(part float64) Option {
	return func(c *config) {
		if part == 0 {
			part = -1 // none was asked for; the loop's zero is its default
		}
		c.loop.Jitter = part
	}
}

// WithBackoff sets the shortest and the longest wait after a failed refresh; between them the wait doubles, with jitter.
// Default one second and five minutes; 0 means the default.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(c *config) { c.loop.MinBackoff, c.loop.MaxBackoff = shortest, longest }
}

// WithFetchTimeout ends the context of a Fetch that takes longer. Default two minutes; 0 means the default, and
// a negative time means never.
func WithFetchTimeout(d time.Duration) Option { return func(c *config) { c.loop.Timeout = d } }

// WithScope refuses answers of another identity scope. Default: the scope of the first answer stays.
func WithScope(scope codec.Scope) Option { return func(c *config) { c.scope = scope } }

// WithCache keeps the last good answer in a sealed file, and starts from it. Default: no file.
func WithCache(cache Cache) Option { return func(c *config) { c.cache = &cache } }

// WithLogger sets where failures and recoveries are logged, one line for each change. Default slog.Default(); nil
// means nowhere.
func WithLogger(log *slog.Logger) Option { return func(c *config) { c.log = log } }

// WithNow sets the clock that reports whether keys have expired, and how old they are. Default, and meant by nil:
// time.Now. The waits between refreshes always go by the real clock.
func WithNow(now func() time.Time) Option { return func(c *config) { c.loop.Now = now } }
