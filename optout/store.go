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

var _ bidstream.OptOutPrefetcher = (*Store)(nil)

// Store is a log and its index. It answers look-ups from memory; an opt-out is durable in the log
// before the index has it. Create it with [Open]. It is safe for concurrent use.
//
// On start, it reads the log, or a snapshot of it and the rest, in the background. Until that is
// done, it isn't synced: it knows some of the users who have opted out, and the state of all others
// is unknown. If other nodes append to the log as well, it then follows what they append.
type Store struct {
	log    Log
	index  *Index
	recent recent
	now    func() time.Time

	phase         atomic.Uint32
	phased        signal // rings when phase changes
	failed        atomic.Pointer[error]
	unreachable   atomic.Pointer[error] // why entries of other nodes can't be received at present
	onUnreachable func(error)
	onLog         func(error)
	cancel        context.CancelFunc
	work          waitgroup.Group
	closed        sync.Once

	saving       sync.Mutex    // one snapshot is written at a time
	indexed      atomic.Uint64 // the index has all entries of the log up to this number
	covered      atomic.Uint64 // the snapshot has all entries up to this number
	fromSnapshot atomic.Int64
	snapshotErr  atomic.Pointer[error]

	recorded, repeated, failures atomic.Uint64
	lastFailure                  atomic.Pointer[recordFailure]
	fed                          atomic.Bool // a Receiver or a Poller was made for it
}

// The phases of a Store.
const (
	opening  = iota // the log isn't open yet, and the index must not be used
	reading         // the index has some users
	complete        // the index has all users, and follows what other nodes append
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

// WithUnreachableHandler sets a callback for losing (err) and regaining (nil) what other nodes
// append to the log. It must not wait. Lookups go on with what is known.
func WithUnreachableHandler(f func(error)) StoreOption {
	return func(s *Store) { s.onUnreachable = orNobody(f) }
}

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

// Open returns a Store on top of a log, which the Store takes over and closes.
func Open(log Log, opts ...StoreOption) *Store {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Store{log: log, index: NewIndex(), now: time.Now, onUnreachable: orNobody(nil), onLog: orNobody(nil), cancel: cancel}
	for _, opt := range opts {
		opt(s)
	}
	if log, ok := s.log.(stateReporter); ok {
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
	d, ok := log.(lateOpener)
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

// begin opens the snapshot and sets the index's seed, before anybody is in the index.
func (s *Store) begin() *snapshot {
	start := s.openSnapshot()
	if log, ok := s.log.(hashKeeper); ok && start == nil {
		if seed, ok := log.seed(); ok {
			s.index.hasher = hasherOf(seed)
		}
	}
	s.phase.Store(reading)
	return start
}

// loadLater is like load, for a log that isn't open yet.
func (s *Store) loadLater(ctx context.Context) {
	select {
	case <-s.log.(lateOpener).opened():
		s.load(ctx, s.begin())
	case <-ctx.Done():
		s.fail(ctx.Err())
	}
}

// loadHashes adds the users of whom only the hash is known.
func (s *Store) loadHashes(ctx context.Context) error {
	log, ok := s.log.(hashKeeper)
	if !ok {
		return nil
	}
	return log.eachHash(ctx, func(hash uint64, seconds uint32) { s.index.addHash(hash, seconds) })
}

// fail records that reading the log has failed.
func (s *Store) fail(err error) {
	s.failed.Store(&err)
	s.phase.CompareAndSwap(complete, reading)
	s.phased.ring()
}

// load reads the log and, if other nodes append to it, goes on following them.
func (s *Store) load(ctx context.Context, start *snapshot) {
	after, err := s.loadSnapshot(ctx, start)
	if err == nil && after == 0 {
		err = s.loadHashes(ctx)
	}
	if log, ok := s.log.(indexLoader); ok && err == nil {
		err = log.loadInto(ctx, s.index, after, s.indexed.Store)
		after = s.indexed.Load()
	}
	if err != nil {
		s.fail(err)
		return
	}
	if follower, ok := s.log.(Follower); ok {
		err = follower.Follow(ctx, after, s.add, FollowEvents{CaughtUp: s.caughtUp, Lost: s.lost, Unreachable: s.setUnreachable})
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

// lost handles the event that the log may lack entries of other nodes. Until it has caught up
// again, nobody counts as not opted out, and opt-outs are appended even if the log had them before.
func (s *Store) lost() {
	s.phase.CompareAndSwap(complete, reading)
	s.recent.forget()
}

// setUnreachable records the state, and reports a change of it.
func (s *Store) setUnreachable(err error) {
	was := s.unreachable.Load() != nil
	if err == nil {
		s.unreachable.Store(nil)
	} else {
		s.unreachable.Store(&err)
	}
	if was != (err != nil) {
		s.onUnreachable(err)
	}
}

// add adds an entry of the log to the index. Numbered entries arrive in order.
func (s *Store) add(number uint64, e Entry) error {
	s.index.Add(e.UID, e.SinceMs)
	if number != 0 {
		s.indexed.Store(number)
	}
	return nil
}

// Record adds an opt-out. sinceMs is when the user opted out, in Unix milliseconds; 0 or less means
// that the time is unknown: the time of receipt is then used, and nothing is added if one of the
// last opt-outs was this user's. Record returns nil once the opt-out is durable and visible to
// every look-up. On error, the opt-out may or may not have been recorded: ask the sender to send it
// again.
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
		return s.failedToRecord(cmp.Or(s.LogErr(), ErrLocked))
	}
	if err := s.log.Append(ctx, Entry{UID: uid, SinceMs: sinceMs, ReceivedMs: nowMs}); err != nil {
		return s.failedToRecord(err)
	}
	s.lastFailure.Store(nil)
	s.index.Add(uid, sinceMs)
	s.recent.add(uid, sinceMs)
	s.recorded.Add(1)
	return nil
}

// Quarantine stores a value that was meant to be an opt-out and isn't.
func (s *Store) Quarantine(ctx context.Context, what []byte) error {
	return s.log.Quarantine(ctx, what, s.now().UnixMilli())
}

// OptOut reports whether a user has opted out. The state is unknown unless the user is known to
// have opted out or the Store is synced. It takes no lock and doesn't allocate.
func (s *Store) OptOut(uid codec.RawUID) bidstream.OptOut {
	phase := s.phase.Load() // before the look-up, or a user who is added in between could be missed
	if phase == opening {
		return bidstream.OptOut{}
	}
	o := s.index.OptOut(uid)
	if o.State == bidstream.NotOptedOut && phase != complete {
		return bidstream.OptOut{}
	}
	return o
}

// Prefetch asks the memory for what OptOut reads of a user, and doesn't wait for it. It takes no
// lock and doesn't allocate.
func (s *Store) Prefetch(uid codec.RawUID) {
	if s.phase.Load() != opening {
		s.index.Prefetch(uid)
	}
}

// Synced reports whether the log has been read. If other nodes append to it, what they append is
// followed, as long as the stream can be reached. If the log turns out to have lost messages, the
// Store isn't synced until they have been restored.
func (s *Store) Synced() bool { return s.phase.Load() == complete }

// UnreachableErr returns why entries of other nodes can't be received at present; nil if they can,
// or if there are no other nodes.
func (s *Store) UnreachableErr() error { return loaded(&s.unreachable) }

// LogErr returns why the log can't be written at present, or that it is damaged although all users
// in it are known: ErrLocked, ErrReplaced, ErrDamaged; nil if all is well.
func (s *Store) LogErr() error {
	if log, ok := s.log.(stateReporter); ok {
		return log.checkState()
	}
	return nil
}

// WaitSynced returns nil once the log has been read, the error if that failed, or ctx's error if
// ctx ends first. If the outcome is known already, ctx is ignored.
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

// Err returns why the log couldn't be read, or nil if it could or is still being read. After an
// error, the Store isn't synced, and won't be.
func (s *Store) Err() error {
	return loaded(&s.failed)
}

// loaded returns the error that is stored in p, or nil.
func loaded(p *atomic.Pointer[error]) error {
	if err := p.Load(); err != nil {
		return *err
	}
	return nil
}

// Close stops reading the log, and closes it. It may be called more than once.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		s.cancel()
		s.work.Wait()
		err = s.log.Close()
	})
	return err
}
