package optout

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

var _ bidstream.OptOutPrefetcher = (*Index)(nil)

// Index is the set of opted-out users in memory. It answers a bidder's look-ups, at the cost of
// about one memory access each. It only grows. The zero value isn't usable; see [NewIndex].
//
// Look-ups take no lock and don't allocate, and proceed while users are added. Adding locks one of
// many segments, and from time to time enlarges that segment, which doesn't block look-ups either.
//
// A user takes 14.5 to 16 bytes, once there are some thousands: a hash of 64 bits, the time in
// seconds, and some free room. So a user who has not opted out is mistaken for one who has with a
// probability of the number of users divided by 2^64: 5e-12 for a hundred million. There are no
// false negatives. The hash has a secret seed, and its inputs are hashes or ciphertexts themselves,
// so nobody can choose raw UIDs that collide.
type Index struct {
	hasher   hasher
	segments [segmentCount]segment
	users    atomic.Int64
}

const (
	segmentCount = 1 << segmentBits
	segmentBits  = 6

	// firstPairs is the size of a segment with its first user.
	firstPairs = 1

	// A segment grows by a tenth when it is 82.5 % full. If it were allowed to get fuller,
	// users would lie further from their bucket; if less full, more memory would be unused.
	fullAt  = 0.825
	growsBy = 1.1
)

// segment is a part of the index: all users whose hashes start with the same bits.
type segment struct {
	writing sync.Mutex
	table   atomic.Pointer[table]
	users   int // guarded by writing
}

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{hasher: newHasher()} }

// hash returns the hash of a user, never 0.
func (x *Index) hash(uid *codec.RawUID) uint64 {
	return max(1, x.hasher.of(uid))
}

// segmentOf returns the number of the segment that a hash belongs to.
func segmentOf(hash uint64) uint64 { return hash >> (64 - segmentBits) }

// OptOut reports whether a user is in the index, and since when, in whole seconds. It takes no lock
// and doesn't allocate. It is safe for concurrent use, also with Add.
func (x *Index) OptOut(uid codec.RawUID) bidstream.OptOut {
	hash := x.hash(&uid)
	if t := x.segments[segmentOf(hash)].table.Load(); t != nil {
		if seconds, found := t.lookup(hash); found {
			return bidstream.OptOut{State: bidstream.OptedOut, SinceMs: int64(seconds) * 1000}
		}
	}
	return bidstream.OptOut{State: bidstream.NotOptedOut}
}

// Prefetch asks the memory for what OptOut reads of a user, and doesn't wait for it. It takes no
// lock and doesn't allocate.
func (x *Index) Prefetch(uid codec.RawUID) {
	hash := x.hash(&uid)
	if t := x.segments[segmentOf(hash)].table.Load(); t != nil {
		t.prefetch(hash)
	}
}

// Add records that a user opted out at sinceMs, in Unix milliseconds, and reports whether the user
// is new to the index. Of several times it keeps the latest, in any order of calls, in whole
// seconds. The zero UID is ignored. It is safe for concurrent use.
func (x *Index) Add(uid codec.RawUID, sinceMs int64) (added bool) {
	if uid.IsZero() {
		return false
	}
	return x.addHash(x.hash(&uid), toSeconds(sinceMs))
}

// addHash is like Add, for a user of whom only the hash is known.
func (x *Index) addHash(hash uint64, seconds uint32) (added bool) {
	if !x.segments[segmentOf(hash)].add(hash, seconds) {
		return false
	}
	x.users.Add(1)
	return true
}

// hasHash reports whether a user with this hash is in the index.
func (x *Index) hasHash(hash uint64) bool {
	t := x.segments[segmentOf(hash)].table.Load()
	if t == nil {
		return false
	}
	_, found := t.lookup(hash)
	return found
}

// Len returns the number of users in the index.
func (x *Index) Len() int { return int(x.users.Load()) }

// Bytes returns the memory that the users take, including the free room.
func (x *Index) Bytes() int {
	total := 0
	for i := range x.segments {
		if t := x.segments[i].table.Load(); t != nil {
			total += slotSize * t.slots()
		}
	}
	return total
}

// toSeconds converts milliseconds to seconds in 32 bits, which last until the year 2106. Other
// times are clamped.
func toSeconds(ms int64) uint32 { return uint32(min(max(0, ms/1000), math.MaxUint32)) }

func (s *segment) add(hash uint64, seconds uint32) (added bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.put(hash, seconds)
}

// put is add for a caller that holds the lock.
func (s *segment) put(hash uint64, seconds uint32) (added bool) {
	t := s.table.Load()
	if t == nil {
		t = newTable(firstPairs)
		s.table.Store(t)
	}
	if _, known, found := t.find(hash); found {
		if seconds > *known {
			atomic.StoreUint32(known, seconds)
		}
		return false
	}
	if float64(s.users+1) > fullAt*float64(t.slots()) {
		t = t.longer()
		t.put(hash, seconds)
		s.table.Store(t) // readers of the old table still find everything that was in it
	} else {
		t.put(hash, seconds)
	}
	s.users++
	return true
}
