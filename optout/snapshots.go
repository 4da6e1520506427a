package optout

import (
	"context"
	"fmt"
	"time"
)

const (
	// A snapshot is written when the log has grown by the number of entries that can be read in
	// half a second, and also by a fraction of the users, so that the total amount written
	// grows linearly with the log, not with its square.
	snapshotAfter = 1 << 19
	snapshotPart  = 16
	// snapshotCheck is the interval at which that is checked.
	snapshotCheck = time.Minute
	// scrubAgain is the interval at which the whole log is read to find damage.
	scrubAgain = 24 * time.Hour
)

// openSnapshot opens the snapshot, if there is one that can be used, and takes over its seed before
// anybody is in the index.
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

// loadSnapshot loads the snapshot, and returns the number of the last entry that it covers, which
// needn't be read.
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

// fits checks that a snapshot has the same seed as the hashes in the log, which would be
// meaningless otherwise.
func (s *Store) fits(snap *snapshot) error {
	if log, ok := s.log.(hashKeeper); ok {
		if seed, ok := log.seed(); ok && seed != snap.seed() {
			return fmt.Errorf("%w: its hashes have another seed than its snapshot", ErrDamaged)
		}
	}
	return nil
}

// SnapshotErr returns why the last attempt to read or write a snapshot failed, or nil if it
// succeeded. A snapshot that can't be used only makes the start slower.
func (s *Store) SnapshotErr() error { return loaded(&s.snapshotErr) }

// keepSnapshots writes a snapshot from time to time, and scrubs the log.
func (s *Store) keepSnapshots(ctx context.Context) {
	keeper, ok := s.log.(snapshotter)
	if !ok || s.WaitSynced(ctx) != nil {
		return
	}
	for scrubbed := time.Now(); ; {
		if log, ok := s.log.(stateReporter); ok {
			everything := time.Since(scrubbed) >= scrubAgain
			if everything {
				scrubbed = time.Now()
			}
			_ = log.scrub(ctx, everything) // see LogErr
		}
		if last, err := keeper.last(); err == nil && last >= s.covered.Load()+max(snapshotAfter, uint64(s.index.Len()/snapshotPart)) {
			_ = s.Snapshot(ctx) // see SnapshotErr
		}
		select {
		case <-time.After(snapshotCheck):
		case <-ctx.Done():
			return
		}
	}
}

// Snapshot writes a snapshot now, so that the next start is fast. A Store also does so by itself
// from time to time. If the log is of a kind without snapshots, it does nothing and returns nil.
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
	// An entry is in the log before it is in the index: read the latest ones, so that the index
	// has all entries up to covers.
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
