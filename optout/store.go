package optout

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
)

var _ bidstream.OptOuts = (*Store)(nil)

// Store is the index of a log. It answers lookups from memory, and adds an opt-out to the log
// before it knows of it. Build it with [Open]. It may be used from any number of goroutines.
//
// When it starts, it reads the log, or a snapshot of it and the rest, in the background. Until that
// is done it is not synced: it knows some who have opted out, and about everybody else it says that
// nothing is known. From a log that others append to as well, it then takes what they append.
type Store struct {
	log    Log
	index  *Index
	recent recent
	now    func() time.Time

	phase  atomic.Uint32
	phased signal // rings when phase changes
	failed atomic.Pointer[error]
	away   atomic.Pointer[error] // why nothing comes from others at present
	onAway func(error)
	onLog  func(error)
	cancel context.CancelFunc
	work   waitgroup.Group
	closed sync.Once

	saving       sync.Mutex    // one snapshot at a time
	indexed      atomic.Uint64 // the index has all entries of the log up to this number
	covered      atomic.Uint64 // the snapshot has all entries up to this number
	fromSnapshot atomic.Int64
	snapshotErr  atomic.Pointer[error]

	recorded, repeated, failures atomic.Uint64
}

// A Store's phase says what it knows.
const (
	opening  = iota // the log isn't open yet, and nobody may look at the index
	reading         // some
	complete        // all, and what others append still comes or will come
)

// ErrOption is wrapped by what NewPoller and NewJetStream say about an impossible option.
var ErrOption = errors.New("optout: impossible option")

// StoreOption sets one thing of a Store. None is impossible: nil means the default.
type StoreOption func(*Store)

// WithNow sets the clock that tells when an opt-out was received. Default is time.Now.
func WithNow(now func() time.Time) StoreOption {
	return func(s *Store) {
		if s.now = now; now == nil {
			s.now = time.Now
		}
	}
}

// WithAway sets what is told when nothing comes any more from the others who append to the log, and
// why, and with nil when it comes again. It must not wait. Lookups go on with what is known.
func WithAway(f func(error)) StoreOption { return func(s *Store) { s.onAway = orNobody(f) } }

// WithLogHandler sets a callback for losing (err) and regaining (nil) the log: another process has
// it open (ErrLocked, see [WaitForLock]), its file was removed or replaced while it is in use
// (ErrReplaced), or damage was found in what a snapshot made up for (ErrDamaged). It must not wait.
// Lookups go on with what is known. See [Store.LogErr].
func WithLogHandler(f func(error)) StoreOption { return func(s *Store) { s.onLog = orNobody(f) } }

func orNobody(f func(error)) func(error) {
	if f == nil {
		return func(error) {}
	}
	return f
}

// Open makes a Store of a log, which from then on is the Store's to close.
func Open(log Log, opts ...StoreOption) *Store {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Store{log: log, index: NewIndex(), now: time.Now, onAway: orNobody(nil), onLog: orNobody(nil), cancel: cancel}
	for _, opt := range opts {
		opt(s)
	}
	if log, ok := s.log.(guarded); ok {
		log.onState(s.onLog)
	}
	if isOpen(log) {
		start := s.begin()
		s.work.Go(func() { s.load(ctx, start) })
	} else {
		s.work.Go(func() { s.loadLater(ctx) })
	}
	s.work.Go(func() { s.keepSnapshots(ctx) })
	return s
}

// isOpen reports whether a log can be read at once.
func isOpen(log Log) bool {
	d, ok := log.(delayed)
	if !ok {
		return true
	}
	select {
	case <-d.opened():
		return true
	default:
		return false
	}
}

// begin takes the seed of what is loaded first, before anybody is in the index.
func (s *Store) begin() *snapshot {
	start := s.openSnapshot()
	if log, ok := s.log.(keeperOfHashes); ok && start == nil {
		if seed, ok := log.seed(); ok {
			s.index.hasher = hasherOf(seed)
		}
	}
	s.phase.Store(reading)
	return start
}

// loadLater is load for a log that isn't open yet.
func (s *Store) loadLater(ctx context.Context) {
	select {
	case <-s.log.(delayed).opened():
		s.load(ctx, s.begin())
	case <-ctx.Done():
		s.fail(ctx.Err())
	}
}

// loadHashes takes the users of whom only the hash is known.
func (s *Store) loadHashes(ctx context.Context) error {
	log, ok := s.log.(keeperOfHashes)
	if !ok {
		return nil
	}
	return log.eachHash(ctx, func(hash uint64, seconds uint32) { s.index.addHash(hash, seconds) })
}

// fail ends the reading.
func (s *Store) fail(err error) {
	s.failed.Store(&err)
	s.phase.CompareAndSwap(complete, reading)
	s.phased.ring()
}

// load reads the log, and goes on for as long as others may append to it.
func (s *Store) load(ctx context.Context, start *snapshot) {
	after, err := s.loadSnapshot(ctx, start)
	if err == nil && after == 0 {
		err = s.loadHashes(ctx)
	}
	if err != nil {
		s.fail(err)
		return
	}
	if follower, ok := s.log.(Follower); ok {
		err = follower.Follow(ctx, after, s.add, FollowEvents{CaughtUp: s.caughtUp, Lost: s.lost, Away: s.setAway})
	} else if err = s.log.Replay(ctx, after, s.add); err == nil {
		s.caughtUp()
	}
	if err != nil {
		s.fail(err)
	}
}

func (s *Store) caughtUp() {
	s.phase.Store(complete)
	s.phased.ring()
}

// lost is told that the log may lack what others appended. Nobody is taken for one who hasn't opted
// out until it is caught up again, and what the log has had is no reason for not appending it.
func (s *Store) lost() {
	s.phase.CompareAndSwap(complete, reading)
	s.recent.forget()
}

// setAway tells of a change.
func (s *Store) setAway(err error) {
	was := s.away.Load() != nil
	if err == nil {
		s.away.Store(nil)
	} else {
		s.away.Store(&err)
	}
	if was != (err != nil) {
		s.onAway(err)
	}
}

// add adds an entry of the log to the index. Those with a number come in its order.
func (s *Store) add(number uint64, e Entry) error {
	s.index.Add(e.UID, e.SinceMs)
	if number != 0 {
		s.indexed.Store(number)
	}
	return nil
}

// Record adds an opt-out: sinceMs is when the user opted out, in Unix milliseconds. 0 or less means
// that the time is unknown: then it is the time of receipt, and nothing is added if one of the last
// opt-outs was this user's. It returns when the opt-out is durable and every lookup knows of it. If
// there is an error, it may come again or may not; ask the sender to send it again.
func (s *Store) Record(ctx context.Context, uid codec.RawUID, sinceMs int64) error {
	uid = uid.Canonical()
	if s.recent.knows(uid, sinceMs) {
		s.repeated.Add(1)
		return nil
	}
	nowMs := s.now().UnixMilli()
	if sinceMs <= 0 {
		sinceMs = nowMs
	}
	if s.phase.Load() == opening {
		s.failures.Add(1)
		return cmp.Or(s.LogErr(), ErrLocked)
	}
	if err := s.log.Append(ctx, Entry{UID: uid, SinceMs: sinceMs, ReceivedMs: nowMs}); err != nil {
		s.failures.Add(1)
		return err
	}
	s.index.Add(uid, sinceMs)
	s.recent.add(uid, sinceMs)
	s.recorded.Add(1)
	return nil
}

// Quarantine keeps what was meant to be an opt-out and isn't.
func (s *Store) Quarantine(ctx context.Context, what []byte) error {
	return s.log.Quarantine(ctx, what, s.now().UnixMilli())
}

// OptOut reports whether a user has opted out. It takes no lock and doesn't allocate.
func (s *Store) OptOut(uid codec.RawUID) bidstream.OptOut {
	phase := s.phase.Load() // before the lookup: a user who is added between the two would be missed by both
	if phase == opening {
		return bidstream.OptOut{}
	}
	o := s.index.OptOut(uid)
	if o.State == bidstream.NotOptedOut && phase != complete {
		return bidstream.OptOut{}
	}
	return o
}

// Synced reports whether the log has been read. If others append to it, what they append is read,
// too, for as long as it can be reached. If it turns out to have lost something, the Store isn't
// synced until that is made up for.
func (s *Store) Synced() bool { return s.phase.Load() == complete }

// AwayErr returns why nothing comes at present from the others who append to the log, nil if it
// comes, or if there are no others.
func (s *Store) AwayErr() error { return loaded(&s.away) }

// LogErr returns why the log takes nothing at present, or what is wrong with it though everybody in
// it is known: ErrLocked, ErrReplaced, ErrDamaged; nil if all is well.
func (s *Store) LogErr() error {
	if log, ok := s.log.(guarded); ok {
		return log.checkState()
	}
	return nil
}

// WaitSynced returns nil once the log has been read. It returns what went wrong with that, or ctx's
// error if it ends first. What is so already counts before ctx, which may have ended.
func (s *Store) WaitSynced(ctx context.Context) error {
	var err error
	ended := s.phased.until(ctx, func() bool {
		if s.Synced() {
			err = nil
			return true
		}
		err = s.Err()
		return err != nil
	})
	return cmp.Or(ended, err)
}

// Err returns why the log couldn't be read, nil if it could or still is being read. The Store then
// isn't synced, and won't be.
func (s *Store) Err() error {
	return loaded(&s.failed)
}

// loaded returns the error that was stored, nil if none was.
func loaded(p *atomic.Pointer[error]) error {
	if err := p.Load(); err != nil {
		return *err
	}
	return nil
}

// Close ends the reading of the log, and the log. It may be called again.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		s.cancel()
		s.work.Wait()
		err = s.log.Close()
	})
	return err
}
