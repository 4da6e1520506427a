package bidstream

import (
	"iter"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

var _ OptOuts = (*MemoryOptOuts)(nil)

// MemoryOptOuts is a set of opted-out users in memory, for tests, demos and sets of up to some ten
// thousand users. It is always synchronized: a user who isn't in it hasn't opted out. It only
// grows. The zero value is the empty set.
//
// It is safe for concurrent use. Readers take no lock and don't allocate, as the map behind the
// pointer is never changed. In return, Add copies the whole set; to add many users at once, use
// AddAll. A user takes about 100 bytes.
type MemoryOptOuts struct {
	writing sync.Mutex
	since   atomic.Pointer[map[codec.RawUID]int64] // by canonical UID; nil means empty
}

// Add records that a user opted out at sinceMs, in Unix milliseconds. Adding a user again keeps the
// later time, so the order doesn't matter. The zero UID is ignored.
func (m *MemoryOptOuts) Add(uid codec.RawUID, sinceMs int64) {
	m.AddAll(func(yield func(codec.RawUID, int64) bool) { yield(uid, sinceMs) })
}

// AddAll is like Add for many users, at the cost of one Add. Readers see either none or all of
// them.
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

// OptOut reports whether a user is in the set, and since when. It doesn't allocate.
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
