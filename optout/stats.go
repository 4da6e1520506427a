package optout

import "errors"

// Stats are the figures of a Store, for the host's metrics. Counters start with Open.
type Stats struct {
	Users       int    // in the index
	Bytes       int    // memory of the index
	Restored    int    // users loaded from the snapshot on start
	Synced      bool   // the log has been read
	Fed         bool   // opt-outs can come: there is a Receiver or a Poller for it, or a fleet, or one was recorded
	Lag         uint64 // entries of the log that aren't in the index yet, as far as known
	Unreachable bool   // what other nodes append can't be received at present, see Store.UnreachableErr
	Foreign     uint64 // messages in a fleet's stream that aren't opt-outs and were quarantined
	Losses      uint64 // how often a fleet's stream had lost messages, or was new to this node's file
	Refilled    uint64 // opt-outs that this node had and a fleet's stream lacked, and that it published again
	Recorded    uint64 // opt-outs added to the log
	Repeated    uint64 // opt-outs that were received a short time ago already, and not added again
	Failures    uint64 // opt-outs that couldn't be added

	Locked   bool // another process has the log open, and this one is waiting for it
	Replaced bool // the log's file was removed or replaced while it was in use
	Damaged  bool // the log is damaged; if the store is synced, all users in it are known all the same

	SnapshotFailed bool    // the last attempt to read or write a snapshot failed
	Commits        Latency // durations of the log's commits; zero if it doesn't measure them
}

// Stats returns the current figures.
func (s *Store) Stats() Stats {
	stats := Stats{
		Users: s.index.Len(), Bytes: s.index.Bytes(), Restored: int(s.fromSnapshot.Load()), Synced: s.Synced(), Lag: s.lag(),
		Fed:      s.fed.Load() || s.recorded.Load() > 0,
		Recorded: s.recorded.Load(), Repeated: s.repeated.Load(), Failures: s.failures.Load(),
		Unreachable: s.UnreachableErr() != nil, SnapshotFailed: s.SnapshotErr() != nil,
	}
	logErr := s.LogErr()
	stats.Locked, stats.Replaced = errors.Is(logErr, ErrLocked), errors.Is(logErr, ErrReplaced)
	stats.Damaged = errors.Is(logErr, ErrDamaged) || errors.Is(s.Err(), ErrDamaged)
	if log, ok := s.log.(shared); ok {
		fleet := log.fleet()
		stats.Fed = true
		stats.Foreign, stats.Losses, stats.Refilled = fleet.foreign, fleet.losses, fleet.refilled
	}
	if log, ok := s.log.(latencyReporter); ok {
		stats.Commits = log.commitLatency()
	}
	return stats
}

// lag returns the number of entries still to be read, of the log or of the stream that it follows.
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
