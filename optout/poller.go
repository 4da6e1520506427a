package optout

import (
	"context"
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
	store   *Store
	ask     Ask
	batch   int
	pause   time.Duration
	recheck uint64 // minutes
	queue   *queue
	asked   *asked
	cancel  context.CancelFunc
	done    waitgroup.Group

	lastSuccessMs                     atomic.Int64
	checked, found, dropped, failures atomic.Uint64
	failure                           atomic.Pointer[error]
}

// PollerOption configures a Poller.
type PollerOption func(*Poller)

// WithBatch sets the number of raw UIDs per batch, 1 to 5000; other values are clamped. Default
// 2500, which is one request to the operator even if all are of version 4.
func WithBatch(n int) PollerOption { return func(p *Poller) { p.batch = min(max(1, n), maxBatch) } }

// WithPause sets the pause after each batch, at least a millisecond. Default one second. After
// failures, the pause doubles each time, up to five minutes.
func WithPause(d time.Duration) PollerOption {
	return func(p *Poller) { p.pause = max(time.Millisecond, d) }
}

// WithRecheck sets the time after which a user who is seen again is asked about again: whole
// minutes, 1 to 2^24; other values are clamped. Default one day.
func WithRecheck(d time.Duration) PollerOption {
	return func(p *Poller) { p.recheck = uint64(min(max(1, d/time.Minute), minuteMask)) }
}

// NewPoller starts a poller. The caller must close the store, after the poller.
func NewPoller(store *Store, ask Ask, opts ...PollerOption) *Poller {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Poller{
		store: store, ask: ask, batch: defaultBatch, pause: time.Second, recheck: 24 * 60,
		queue: newQueue(queueSize), asked: newAsked(askedSize), cancel: cancel,
	}
	for _, opt := range opts {
		opt(p)
	}
	p.done.Go(func() { p.run(ctx) })
	return p
}

// Offer passes a raw UID to the poller whose user isn't known to have opted out, and reports
// whether it will be asked about: it won't if it was asked about recently, or if too many are
// waiting. Offer takes no lock, doesn't block and doesn't allocate.
func (p *Poller) Offer(uid codec.RawUID, nowMs int64) bool {
	if uid.IsZero() {
		return false
	}
	mark, must := p.asked.mark(uid, uint64(nowMs)/uint64(time.Minute/time.Millisecond), p.recheck)
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
	pause, batch := p.pause, make([]codec.RawUID, 0, p.batch)
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
			pause = min(2*pause, max(maxPause, p.pause))
			continue
		}
		p.failure.Store(nil)
		p.checked.Add(uint64(len(batch)))
		p.lastSuccessMs.Store(p.store.now().UnixMilli())
		pause, batch = p.pause, batch[:0]
	}
}

// gather fills a batch from the queue.
func (p *Poller) gather(batch []codec.RawUID) []codec.RawUID {
	for len(batch) < p.batch {
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
