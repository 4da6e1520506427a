package optout

import (
	"context"
	"fmt"
	"time"
)

const (
	// A snapshot is written when the log has grown by as many entries as are read in half a second, and by a part of the
	// users: so what is written altogether grows with the log, and not with its square.
	snapshotAfter = 1 << 19
	snapshotPart  = 16
	// snapshotCheck is how often that is looked at.
	snapshotCheck = time.Minute
	// scrubAgain is how often all of the log is read to find damage.
	scrubAgain = 24 * time.Hour
)

// openSnapshot takes the seed of the snapshot, if there is one that can be used, before anybody is in the index.
func (s *Store) openSnapshot() *snapshot {
	keeper, ok := s.log.(snapshotter)
	if !ok {
		return nil
	}
	snap, err := keeper.openSnapshot()
	if err != nil {
		s.snapshotErr.Store(&err)
	}
	if snap != nil {
		s.index.hasher = hasherOf(snap.seed())
	}
	return snap
}

// loadSnapshot returns the number of the last entry that needn't be read.
func (s *Store) loadSnapshot(ctx context.Context, snap *snapshot) (covers uint64, err error) {
	if snap == nil {
		return 0, nil
	}
	defer snap.close()
	if err := s.fits(snap); err != nil {
		return 0, err
	}
	if err := snap.load(ctx, s.index); err != nil {
		s.snapshotErr.Store(&err)
		return 0, nil
	}
	s.fromSnapshot.Store(int64(s.index.Len()))
	s.indexed.Store(snap.covers())
	s.covered.Store(snap.covers())
	return snap.covers(), nil
}

// fits wants the seed of a snapshot to be that of the hashes in the log: without it they would mean nobody.
func (s *Store) fits(snap *snapshot) error {
	if log, ok := s.log.(keeperOfHashes); ok {
		if seed, ok := log.seed(); ok && seed != snap.seed() {
			return fmt.Errorf("%w: its hashes are of another seed than its snapshot", ErrDamaged)
		}
	}
	return nil
}

// SnapshotErr returns why the last reading or writing of a snapshot failed, nil if it didn't. A snapshot that can't be used
// costs time at the start and nothing else.
func (s *Store) SnapshotErr() error { return loaded(&s.snapshotErr) }

// keepSnapshots writes one from time to time.
func (s *Store) keepSnapshots(ctx context.Context) {
	keeper, ok := s.log.(snapshotter)
	if !ok || s.WaitSynced(ctx) != nil {
		return
	}
	for scrubbed := time.Now(); ; {
		if log, ok := s.log.(guarded); ok {
			everything := time.Since(scrubbed) >= scrubAgain
			if everything {
				scrubbed = time.Now()
			}
			_ = log.scrub(ctx, everything) // LogErr has it
		}
		if last, err := keeper.last(); err == nil && last >= s.covered.Load()+max(snapshotAfter, uint64(s.index.Len()/snapshotPart)) {
			_ = s.Snapshot(ctx) // it is kept in SnapshotErr
		}
		select {
		case <-time.After(snapshotCheck):
		case <-ctx.Done():
			return
		}
	}
}

// Snapshot writes a snapshot now, so that the next start is fast. A Store does that by itself from time to time. It returns
// nil, and does nothing, if the log is of a kind that has none.
func (s *Store) Snapshot(ctx context.Context) error {
	keeper, ok := s.log.(snapshotter)
	if !ok {
		return nil
	}
	if err := s.WaitSynced(ctx); err != nil {
		return err
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	// An entry is in the log before it is in the index: read what came since, so that the index has all up to a number.
	err := s.log.Replay(ctx, s.indexed.Load(), s.add)
	covers := s.indexed.Load()
	if err == nil {
		err = keeper.saveSnapshot(ctx, s.index, covers)
	}
	if err != nil {
		s.snapshotErr.Store(&err)
		return err
	}
	s.covered.Store(covers)
	s.snapshotErr.Store(nil)
	return nil
}
