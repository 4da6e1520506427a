package optout

import "errors"

// Stats is how a Store is doing, for the host's metrics. The counters run from Open on.
type Stats struct {
	Users    int    // in the index
	Bytes    int    // of the index
	Restored int    // users that came from the snapshot at the start
	Synced   bool   // the log has been read
	Lag      uint64 // entries of the log that aren't in the index yet, as far as is known
	Away     bool   // what others append to the log doesn't come at present, see Store.AwayErr
	Strange  uint64 // messages of a fleet's stream that are no opt-outs, and are in the quarantine
	Losses   uint64 // how often a fleet's stream had lost something, or this node's file was new to it
	Refilled uint64 // opt-outs that this node had and a fleet's stream hadn't, and that were published again
	Recorded uint64 // opt-outs added to the log
	Repeated uint64 // opt-outs that were known from a short time ago, and not added again
	Failures uint64 // opt-outs that couldn't be added

	Locked   bool // another process has the log open, and this one waits for it
	Replaced bool // the log's file was removed or replaced while it is in use
	Damaged  bool // the log is damaged; everybody in it is known all the same if the store is synced

	SnapshotFailed bool    // the last reading or writing of a snapshot failed
	Commits        Latency // of the log's transactions; zero if it doesn't tell
}

// Stats returns the present figures.
func (s *Store) Stats() Stats {
	stats := Stats{
		Users: s.index.Len(), Bytes: s.index.Bytes(), Restored: int(s.fromSnapshot.Load()), Synced: s.Synced(), Lag: s.lag(),
		Recorded: s.recorded.Load(), Repeated: s.repeated.Load(), Failures: s.failures.Load(),
		Away: s.AwayErr() != nil, SnapshotFailed: s.SnapshotErr() != nil,
	}
	logErr := s.LogErr()
	stats.Locked, stats.Replaced = errors.Is(logErr, ErrLocked), errors.Is(logErr, ErrReplaced)
	stats.Damaged = errors.Is(logErr, ErrDamaged) || errors.Is(s.Err(), ErrDamaged)
	if log, ok := s.log.(shared); ok {
		fleet := log.fleet()
		stats.Strange, stats.Losses, stats.Refilled = fleet.strange, fleet.losses, fleet.refilled
	}
	if log, ok := s.log.(measured); ok {
		stats.Commits = log.commitLatency()
	}
	return stats
}

// lag counts what is left of the log, or of the one that it follows.
func (s *Store) lag() uint64 {
	if log, ok := s.log.(shared); ok {
		return log.fleet().pending
	}
	if log, ok := s.log.(snapshotter); ok && !s.Synced() {
		if last, err := log.last(); err == nil {
			return last - min(last, s.indexed.Load())
		}
	}
	return 0
}
