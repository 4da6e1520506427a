package optout

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
)

// Ask asks an operator which of some raw UIDs have opted out, and calls optedOut for each of those,
// with the time in Unix milliseconds. If it returns an error, the calls made before it are still
// valid, and all raw UIDs are asked about again. operator.Client's OptOutStatus can be used to
// implement it.
type Ask func(ctx context.Context, uids []codec.RawUID, optedOut func(uid codec.RawUID, sinceMs int64)) error

const (
	// defaultBatch is half of what an operator accepts in one request: a raw UID of version 4
	// is asked about in two forms.
	defaultBatch = 2500
	maxBatch     = 5000
	// queueSize is the largest number of raw UIDs that wait: 3 MB.
	queueSize = 1 << 16
	// askedSize is the number of users that are remembered as asked about: 8 MB.
	askedSize = 1 << 20
	// maxPause is the longest wait after failures.
	maxPause = 5 * time.Minute
)

// Poller asks an operator about the raw UIDs that a bidder sees, and adds those who have opted out
// to a store. So it finds users who opted out before the bidder's feed began. Bids don't wait for
// it. Create it with [NewPoller] and close it with [Poller.Close]. It is safe for concurrent use.
type Poller struct {
	store  *Store
	ask    Ask
	config pollerConfig
	queue  *queue
	asked  *asked
	cancel context.CancelFunc
	done   waitgroup.Group

	lastSuccessMs                     atomic.Int64
	checked, found, dropped, failures atomic.Uint64
	failure                           atomic.Pointer[error]
}

// PollerOption sets one thing of a Poller. NewPoller refuses impossible values.
type PollerOption func(*pollerConfig)

type pollerConfig struct {
	batch          int
	pause, recheck time.Duration
}

func (c *pollerConfig) check() error {
	switch {
	case c.batch < 1 || c.batch > maxBatch:
		return fmt.Errorf("%w: a batch of %d raw UIDs: 1 to %d are possible", ErrOption, c.batch, maxBatch)
	case c.pause < time.Millisecond:
		return fmt.Errorf("%w: a pause of %v: a millisecond is the shortest", ErrOption, c.pause)
	case c.recheck < time.Minute || c.recheck > minuteMask*time.Minute:
		return fmt.Errorf("%w: asking again after %v: 1 to %d minutes are possible", ErrOption, c.recheck, minuteMask)
	}
	return nil
}

// WithBatch sets the number of raw UIDs per batch, 1 to 5000. The default is 2500, which is one
// request to the operator even if all are of version 4.
func WithBatch(n int) PollerOption { return func(c *pollerConfig) { c.batch = n } }

// WithPause sets the pause after each batch, at least a millisecond. The default is one second.
// After failures, the pause doubles each time, up to five minutes.
func WithPause(d time.Duration) PollerOption {
	return func(c *pollerConfig) { c.pause = d }
}

// WithRecheck sets the time after which a user who is seen again is asked about again: 1 to 2^24 -
// 1 whole minutes. The default is one day.
func WithRecheck(d time.Duration) PollerOption {
	return func(c *pollerConfig) { c.recheck = d }
}

// NewPoller starts a poller. It doesn't own the store, which must be closed after it. Errors wrap
// ErrOption: an option is impossible, or store or ask is nil.
func NewPoller(store *Store, ask Ask, opts ...PollerOption) (*Poller, error) {
	if store == nil || ask == nil {
		return nil, fmt.Errorf("%w: a poller needs a store, and somebody to ask", ErrOption)
	}
	config := pollerConfig{batch: defaultBatch, pause: time.Second, recheck: 24 * time.Hour}
	for _, opt := range opts {
		opt(&config)
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	store.fed.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	p := &Poller{store: store, ask: ask, config: config, queue: newQueue(queueSize), asked: newAsked(askedSize), cancel: cancel}
	p.done.Go(func() { p.run(ctx) })
	return p, nil
}

// Offer passes a raw UID to the poller whose user isn't known to have opted out, and reports
// whether it will be asked about: it won't if it was asked about recently, or if too many are
// waiting. Offer takes no lock, doesn't block and doesn't allocate.
func (p *Poller) Offer(uid codec.RawUID, nowMs int64) bool {
	if uid.IsZero() {
		return false
	}
	mark, must := p.asked.mark(uid, uint64(nowMs)/uint64(time.Minute/time.Millisecond), uint64(p.config.recheck/time.Minute))
	if !must {
		return false
	}
	if !p.queue.put(uid) {
		mark.forget()
		p.dropped.Add(1)
		return false
	}
	return true
}

// run asks about one batch after another. A batch that failed is retried.
func (p *Poller) run(ctx context.Context) {
	pause, batch := p.config.pause, make([]codec.RawUID, 0, p.config.batch)
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		batch = p.gather(batch)
		if len(batch) == 0 {
			continue
		}
		if err := p.check(ctx, batch); err != nil {
			p.failures.Add(1)
			p.failure.Store(&err)
			pause = min(2*pause, max(maxPause, p.config.pause))
			continue
		}
		p.failure.Store(nil)
		p.checked.Add(uint64(len(batch)))
		p.lastSuccessMs.Store(p.store.now().UnixMilli())
		pause, batch = p.config.pause, batch[:0]
	}
}

// gather fills a batch from the queue.
func (p *Poller) gather(batch []codec.RawUID) []codec.RawUID {
	for len(batch) < p.config.batch {
		uid, ok := p.queue.take()
		if !ok {
			break
		}
		batch = append(batch, uid)
	}
	return batch
}

// check asks about a batch, and records the users who have opted out.
func (p *Poller) check(ctx context.Context, batch []codec.RawUID) error {
	found := make(map[codec.RawUID]int64)
	err := p.ask(ctx, batch, func(uid codec.RawUID, sinceMs int64) {
		found[uid.Canonical()] = max(found[uid.Canonical()], sinceMs)
	})
	var recording waitgroup.Group
	var failed atomic.Pointer[error]
	if err != nil {
		failed.Store(&err)
	}
	for uid, sinceMs := range found { // concurrently, so that they share an fsync
		recording.Go(func() {
			if err := p.store.Record(ctx, uid, sinceMs); err != nil {
				failed.Store(&err)
			} else {
				p.found.Add(1)
			}
		})
	}
	recording.Wait()
	return loaded(&failed)
}

// PollerStats are the figures of a Poller, for the host's metrics. Counters start with NewPoller.
type PollerStats struct {
	Waiting     int       // raw UIDs in the queue
	Checked     uint64    // raw UIDs that the operator has answered for
	OptedOut    uint64    // of those, opted out and added to the store
	Dropped     uint64    // raw UIDs refused because the queue was full
	Failures    uint64    // batches that failed and are retried
	LastSuccess time.Time // when the operator last answered; zero before the first time
}

// Stats returns the current figures.
func (p *Poller) Stats() PollerStats {
	s := PollerStats{
		Waiting: p.queue.len(), Checked: p.checked.Load(), OptedOut: p.found.Load(),
		Dropped: p.dropped.Load(), Failures: p.failures.Load(),
	}
	if ms := p.lastSuccessMs.Load(); ms != 0 {
		s.LastSuccess = time.UnixMilli(ms)
	}
	return s
}

// Err returns the error of the last batch, or nil if it succeeded.
func (p *Poller) Err() error { return loaded(&p.failure) }

// Close stops the poller and waits for it. Raw UIDs in the queue are dropped. It always returns
// nil.
func (p *Poller) Close() error {
	p.cancel()
	p.done.Wait()
	return nil
}
