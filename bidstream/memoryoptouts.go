package bidstream

import (
	"iter"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

var _ OptOuts = (*MemoryOptOuts)(nil)

// MemoryOptOuts is a set of opted-out users in memory, for tests, demos and sets of some ten thousand users. It is always
// synchronised: who isn't in it hasn't opted out. It only grows. The zero value is the empty set.
//
// It is safe for concurrent use. Readers take no lock and don't allocate: the set behind the pointer is never changed.
// The price is paid by Add, which copies it; to add many users at once, use AddAll. A user takes about 100 bytes.
type MemoryOptOuts struct {
	writing sync.Mutex
	since   atomic.Pointer[map[codec.RawUID]int64] // by canonical UID; nil means empty
}

// Add records that a user opted out at a time in Unix milliseconds. Adding a user again keeps the later time, so the
// order doesn't matter. The zero UID is ignored.
func (m *MemoryOptOuts) Add(uid codec.RawUID, sinceMs int64) {
	m.AddAll(func(yield func(codec.RawUID, int64) bool) { yield(uid, sinceMs) })
}

// AddAll is Add for many users, at the price of one. Readers see all of them at once.
func (m *MemoryOptOuts) AddAll(users iter.Seq2[codec.RawUID, int64]) {
	m.writing.Lock()
	defer m.writing.Unlock()
	next := make(map[codec.RawUID]int64)
	if current := m.since.Load(); current != nil {
		maps.Copy(next, *current)
	}
	for uid, sinceMs := range users {
		if uid.IsZero() {
			continue
		}
		uid = uid.Canonical()
		if known, ok := next[uid]; ok {
			sinceMs = max(sinceMs, known)
		}
		next[uid] = sinceMs
	}
	m.since.Store(&next)
}

// OptOut reports whether a user is in the set, and since when.
func (m *MemoryOptOuts) OptOut(uid codec.RawUID) OptOut {
	if users := m.since.Load(); users != nil {
		if sinceMs, ok := (*users)[uid.Canonical()]; ok {
			return OptOut{State: OptedOut, SinceMs: sinceMs}
		}
	}
	return OptOut{State: NotOptedOut}
}

// Len returns the number of users in the set.
func (m *MemoryOptOuts) Len() int {
	if users := m.since.Load(); users != nil {
		return len(*users)
	}
	return 0
}
