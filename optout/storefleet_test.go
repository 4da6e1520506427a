//go:build go1.25

package optout

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// fullLog implements every interface that a log may implement, with preset results.
type fullLog struct {
	appended []Entry
	strange  []string
	fail     error // returned by Append

	follow chan func(f func(uint64, Entry) error, events FollowEvents)
	stats  fleetStats
	state  error
}

func newFullLog() *fullLog {
	return &fullLog{follow: make(chan func(func(uint64, Entry) error, FollowEvents))}
}

func (l *fullLog) Append(_ context.Context, e Entry) error {
	if l.fail == nil {
		l.appended = append(l.appended, e)
	}
	return l.fail
}

func (l *fullLog) Replay(context.Context, uint64, func(uint64, Entry) error) error {
	return errors.New("it is followed")
}

func (l *fullLog) Quarantine(_ context.Context, what []byte, _ int64) error {
	l.strange = append(l.strange, string(what))
	return l.fail
}

func (l *fullLog) Close() error { return errDown }

func (l *fullLog) Follow(ctx context.Context, _ uint64, f func(uint64, Entry) error, events FollowEvents) error {
	for {
		select {
		case do := <-l.follow:
			if do == nil {
				return errDown
			}
			do(f, events)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *fullLog) fleet() fleetStats { return l.stats }

func (l *fullLog) commitLatency() Latency { return Latency{Count: 77} }

func (l *fullLog) checkState() error { return l.state }

func (l *fullLog) onState(func(error)) {}

func (l *fullLog) scrub(context.Context, bool) error { return nil }

// TestStoreOfAFleet: a store is synced once it has caught up, not after a loss, again when it has
// caught up again, and not after the end. Known users stay known, and entries from before a loss
// are appended again.
func TestStoreOfAFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newFullLog()
		var told []error
		now := time.UnixMilli(1_700_000_000_123)
		s := Open(log, WithUnreachableHandler(func(err error) { told = append(told, err) }), WithNow(func() time.Time { return now }))
		a, b, nobody := *alike(t, 1, 32), *alike(t, 2, 32), *alike(t, 3, 32)
		do := func(do func(f func(uint64, Entry) error, events FollowEvents)) {
			log.follow <- do
			synctest.Wait()
		}
		is := func(note string, synced bool, known ...codec.RawUID) {
			t.Helper()
			if s.Synced() != synced || s.Stats().Synced != synced {
				t.Errorf("%s: synced %v", note, !synced)
			}
			for _, uid := range known {
				if s.OptOut(uid).State != bidstream.OptedOut {
					t.Errorf("%s: somebody is forgotten", note)
				}
			}
			if want := map[bool]bidstream.OptOutState{false: bidstream.OptOutUnknown, true: bidstream.NotOptedOut}[synced]; s.OptOut(nobody).State != want {
				t.Errorf("%s: nobody is %v", note, s.OptOut(nobody).State)
			}
		}
		is("at first", false)
		do(func(f func(uint64, Entry) error, _ FollowEvents) {
			if err := f(5, Entry{UID: a, SinceMs: 1000}); err != nil {
				t.Error(err)
			}
		})
		is("while it reads", false, a)
		if s.indexed.Load() != 5 {
			t.Errorf("indexed up to %d", s.indexed.Load())
		}
		do(func(f func(uint64, Entry) error, events FollowEvents) {
			_ = f(0, Entry{UID: b, SinceMs: 1000})
			events.CaughtUp()
		})
		is("caught up", true, a, b)
		if s.indexed.Load() != 5 {
			t.Errorf("indexed up to %d", s.indexed.Load())
		}
		for range 2 {
			if err := s.Record(t.Context(), a, 0); err != nil {
				t.Fatal(err)
			}
		}
		if len(log.appended) != 1 || log.appended[0] != (Entry{a, now.UnixMilli(), now.UnixMilli()}) || s.Stats().Repeated != 1 || s.Stats().Recorded != 1 {
			t.Errorf("%+v, %+v", log.appended, s.Stats())
		}
		do(func(_ func(uint64, Entry) error, events FollowEvents) { events.Lost() })
		is("after a loss", false, a, b)
		if err := s.Record(t.Context(), a, 0); err != nil || len(log.appended) != 2 {
			t.Errorf("%v, appended %d times", err, len(log.appended))
		}
		do(func(_ func(uint64, Entry) error, events FollowEvents) { events.CaughtUp() })
		is("caught up again", true, a, b)

		do(func(_ func(uint64, Entry) error, events FollowEvents) {
			events.Unreachable(nil)
			events.Unreachable(ErrUnreachable)
			events.Unreachable(errDown)
		})
		if len(told) != 1 || !errors.Is(told[0], ErrUnreachable) || !errors.Is(s.UnreachableErr(), errDown) || !s.Stats().Unreachable {
			t.Errorf("told %v, %v", told, s.UnreachableErr())
		}
		do(func(_ func(uint64, Entry) error, events FollowEvents) {
			events.Unreachable(nil)
			events.Unreachable(nil)
		})
		if len(told) != 2 || told[1] != nil || s.UnreachableErr() != nil || s.Stats().Unreachable {
			t.Errorf("told %v, %v", told, s.UnreachableErr())
		}

		log.fail = errDown
		if err := s.Record(t.Context(), nobody, 1000); !errors.Is(err, errDown) || s.Stats().Failures != 1 {
			t.Errorf("%v, %+v", err, s.Stats())
		}
		is("after a failure", true)
		log.follow <- nil
		synctest.Wait()
		is("after the end", false, a, b)
		if !errors.Is(s.Err(), errDown) || !errors.Is(s.WaitSynced(t.Context()), errDown) {
			t.Errorf("%v", s.Err())
		}
		if err := s.Close(); !errors.Is(err, errDown) {
			t.Errorf("the log's error is swallowed: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestStats: the figures come from the log.
func TestStats(t *testing.T) {
	log := newFullLog()
	s := Open(log)
	defer s.Close()
	log.stats = fleetStats{pending: 1, foreign: 2, losses: 3, refilled: 4}
	if st := s.Stats(); st.Lag != 1 || st.Foreign != 2 || st.Losses != 3 || st.Refilled != 4 || st.Commits.Count != 77 || st.Locked || st.Replaced || st.Damaged || st.SnapshotFailed {
		t.Errorf("%+v", st)
	}
	for _, c := range []struct {
		err                       error
		locked, replaced, damaged bool
	}{{ErrLocked, true, false, false}, {ErrReplaced, false, true, false}, {damage{3, errCell}, false, false, true}} {
		log.state = c.err
		if st := s.Stats(); st.Locked != c.locked || st.Replaced != c.replaced || st.Damaged != c.damaged {
			t.Errorf("%v: %+v", c.err, st)
		}
	}
}

// TestLagOfAFile: for a file, the lag is what has not been read yet.
func TestLagOfAFile(t *testing.T) {
	file, err := OpenFile(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.AppendAll(t.Context(), []Entry{{UID: *alike(t, 1, 32)}, {UID: *alike(t, 2, 32)}, {UID: *alike(t, 3, 32)}}); err != nil {
		t.Fatal(err)
	}
	s := &Store{log: file, index: NewIndex()}
	for indexed, want := range []uint64{3, 2, 1, 0, 0} {
		if s.indexed.Store(uint64(indexed)); s.Stats().Lag != want {
			t.Errorf("%d read: %+v", indexed, s.Stats())
		}
	}
	s.indexed.Store(1)
	if s.phase.Store(complete); s.Stats().Lag != 0 {
		t.Errorf("synced: %+v", s.Stats())
	}
}
