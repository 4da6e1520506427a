package keyset

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/refresh"
)

// Errors for an answer that parses but is refused.
var (
	// ErrEmpty: the answer has no keys.
	ErrEmpty = errors.New("keyset: the key answer is empty")
	// ErrExpired: every key of the answer has expired.
	ErrExpired = errors.New("keyset: all keys of the answer have expired")
	// ErrClosed: the Refresher was closed before it had keys.
	ErrClosed = errors.New("keyset: closed")
)

// Fetch asks the operator and returns the decrypted JSON of its key answer, as operator.Client's
// BidstreamKeys and SharingKeys do. It must return soon after ctx ends.
type Fetch func(ctx context.Context) (answer []byte, err error)

// Refresher keeps the current Snapshot. It is safe for concurrent use. Close stops it.
type Refresher struct {
	fetch   Fetch
	config  config
	cache   *cacheFile // nil without a cache
	loop    *refresh.Loop
	current atomic.Pointer[Snapshot]

	mu     sync.Mutex
	stats  Stats
	logged string // the last failure that was logged; "" while all is well
}

// NewRefresher starts a goroutine that calls fetch at once and then until the Refresher is closed.
// With a usable cache file, which NewRefresher reads itself, the Refresher has keys when
// NewRefresher returns; otherwise it has them once the first fetch succeeds. It waits for nothing
// else. Errors wrap ErrOption: an option is impossible, or fetch is nil.
func NewRefresher(fetch Fetch, opts ...Option) (*Refresher, error) {
	if fetch == nil {
		return nil, fmt.Errorf("%w: no Fetch", ErrOption)
	}
	r := &Refresher{fetch: fetch, config: newConfig(opts)}
	if err := r.config.check(); err != nil {
		return nil, err
	}
	r.current.Store(new(Snapshot))
	if r.config.cache != nil {
		file, err := newCacheFile(*r.config.cache)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOption, err)
		}
		r.openCache(file)
		r.config.cache = nil // the secret is in the cipher now
	}
	loop, err := r.start()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOption, err)
	}
	r.loop = loop
	return r, nil
}

func (r *Refresher) start() (*refresh.Loop, error) {
	config := r.config.loop
	config.Ready = r.Ready()
	return refresh.Start(config, r.refresh)
}

// Snapshot returns the keys in use, never nil: before the first load, the zero Snapshot. It is a
// single atomic load. Use one Snapshot for one piece of work, since the next call may return a
// newer one.
func (r *Refresher) Snapshot() *Snapshot { return r.current.Load() }

// Ready reports whether keys have been loaded, from the operator or from the cache. Once true, it
// stays true.
func (r *Refresher) Ready() bool { return r.Snapshot().Len() > 0 }

// WaitReady returns nil once keys have been loaded. If ctx ends first, the error wraps the
// context's error and that of the last refresh; if the Refresher is closed first, it wraps
// ErrClosed.
func (r *Refresher) WaitReady(ctx context.Context) error {
	err := r.loop.WaitReady(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, refresh.ErrClosed):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	default:
		return fmt.Errorf("keyset: %w", err)
	}
}

// LastError returns the error of the last refresh, or nil if it succeeded or none has ended yet.
func (r *Refresher) LastError() error { return r.loop.State().LastError }

// LastSuccess returns when the last refresh from the operator succeeded, or the zero time if none
// has.
func (r *Refresher) LastSuccess() time.Time { return r.loop.State().LastSuccess }

// Close stops the goroutine and waits for it, canceling a fetch in flight. The keys stay usable. It
// always returns nil, and may be called again.
func (r *Refresher) Close() error { return r.loop.Close() }

// String describes the keys held; a Refresher prints as nothing else.
func (r *Refresher) String() string { return "[refresher of " + r.Snapshot().String() + "]" }

// Format writes what String returns, for every verb.
func (r *Refresher) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// refresh is one round: fetch, judge, swap, save.
func (r *Refresher) refresh(ctx context.Context) error {
	answer, err := r.fetch(ctx)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return err // caused by Close
		}
		r.note(err, func(s *Stats) { s.Failures++ })
		return err
	}
	next, err := r.judge(answer)
	if err != nil {
		r.note(err, func(s *Stats) { s.Rejected++ })
		return err
	}
	now := r.config.loop.Now()
	r.current.Store(next)
	r.note(nil, func(s *Stats) {
		s.Refreshes++
		s.FetchedAt, s.FromCache = now, false
	})
	r.save(answer, now)
	return nil
}

// judge parses an answer and refuses one that is worse than what we hold.
func (r *Refresher) judge(answer []byte) (*Snapshot, error) {
	next, err := Parse(answer)
	if err != nil {
		return nil, err
	}
	held := r.Snapshot()
	switch {
	case next.Len() == 0:
		return nil, ErrEmpty
	case r.config.scope != 0 && next.Scope() != r.config.scope:
		return nil, otherScope(next.Scope(), r.config.scope)
	case held.Len() > 0 && next.Scope() != held.Scope():
		return nil, otherScope(next.Scope(), held.Scope())
	case !next.Synced(r.config.loop.Now().UnixMilli()):
		return nil, ErrExpired
	}
	return next, nil
}

func otherScope(got, want codec.Scope) error {
	return fmt.Errorf("%w: %v instead of %v", ErrScope, got, want)
}

// note counts the outcome of a round, and logs it if it differs from the last one.
func (r *Refresher) note(err error, count func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.stats)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == r.logged {
		return
	}
	r.logged = text
	held := slog.Any("held", r.Snapshot())
	if err != nil {
		r.config.log.Warn("keyset: keys are not being refreshed", "error", text, held)
	} else {
		r.config.log.Info("keyset: keys are being refreshed again", held)
	}
}
