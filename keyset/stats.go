package keyset

import "time"

// Stats are the figures of a Refresher, for the host's metrics. Counters start with NewRefresher.
type Stats struct {
	Refreshes uint64 // answers put to use
	Failures  uint64 // fetches that returned an error
	Rejected  uint64 // answers refused: unreadable, empty, expired or of another scope

	Keys         int           // keys in use
	LatestExpiry time.Time     // of the keys in use; zero without keys
	FetchedAt    time.Time     // when the keys in use came from the operator; zero without keys
	Age          time.Duration // time since FetchedAt, never negative; 0 without keys
	FromCache    bool          // the keys in use came from the cache file

	CacheWrites   uint64 // cache files written
	CacheFailures uint64 // cache files that couldn't be read, used or written
	CacheError    error  // the last of these failures; nil after a successful write
}

// Stats returns the current figures.
func (r *Refresher) Stats() Stats {
	r.mu.Lock()
	s := r.stats
	r.mu.Unlock()
	held := r.Snapshot()
	if s.Keys = held.Len(); s.Keys > 0 {
		s.LatestExpiry = time.UnixMilli(held.LatestExpiryMs())
	}
	if !s.FetchedAt.IsZero() {
		s.Age = max(0, r.config.loop.Now().Sub(s.FetchedAt))
	}
	return s
}
