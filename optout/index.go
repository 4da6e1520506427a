package optout

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

var _ bidstream.OptOuts = (*Index)(nil)

// Index is who has opted out, in memory: the answer to each lookup of a bidder, which is about one access to memory. It only
// grows. The zero value isn't usable; see [NewIndex].
//
// Lookups take no lock and don't allocate, and go on while users are added. Adding takes a lock on one of many segments, and
// now and then makes that segment longer, which lookups don't notice either.
//
// A user takes 14.5 to 16 bytes, once there are some ten thousand: a hash of 64 bits, the time in seconds, and some room. So
// a user who has not opted out is taken for one who has with a probability of the number of users by 2^64: 5e-12 for a
// hundred million. The opposite doesn't happen. The hash has a secret seed and is of values that are hashes or
// ciphertexts themselves, so nobody can choose raw UIDs that collide.
type Index struct {
	hasher   hasher
	segments [segmentCount]segment
	users    atomic.Int64
}

const (
	segmentCount = 1 << segmentBits
	segmentBits  = 8

	// bucketSize is how many hashes make a line of the processor's cache.
	bucketSize = 8
	// firstBuckets is the size of a segment that holds its first user.
	firstBuckets = 1

	// A segment is made longer by a tenth when it is 82.5 % full. With less room, users would lie further from their
	// bucket; with more, memory would lie idle.
	fullAt  = 0.825
	growsBy = 1.1
)

// segment is a part of the index: all users whose hashes begin with the same bits.
type segment struct {
	writing sync.Mutex
	table   atomic.Pointer[table]
	users   int // under writing
}

// table is a hash table with open addressing, in buckets of a cache line each. A user is in the bucket that its hash leads to,
// or in the first one behind it that had room. No slot is ever emptied, so a free one ends a search.
type table struct {
	hashes  []uint64 // 0 is free
	seconds []uint32 // Unix seconds, of the same slot
	buckets uint64
}

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{hasher: newHasher()} }

// hash is never 0.
func (x *Index) hash(uid *codec.RawUID) uint64 {
	return max(1, x.hasher.of(uid))
}

// segmentOf returns the number of the segment of a hash.
func segmentOf(hash uint64) uint64 { return hash >> (64 - segmentBits) }

// OptOut tells whether a user is in the index, and since when, to the second. It is safe for concurrent use, also with Add.
func (x *Index) OptOut(uid codec.RawUID) bidstream.OptOut {
	hash := x.hash(&uid)
	if t := x.segments[segmentOf(hash)].table.Load(); t != nil {
		if slot, found := t.find(hash); found {
			return bidstream.OptOut{State: bidstream.OptedOut, SinceMs: int64(atomic.LoadUint32(&t.seconds[slot])) * 1000}
		}
	}
	return bidstream.OptOut{State: bidstream.NotOptedOut}
}

// Add records that a user opted out at a time in Unix milliseconds, and tells whether the index didn't know. Of several times
// it keeps the latest one, whatever their order, in whole seconds. The zero UID is ignored. It is safe for concurrent use.
func (x *Index) Add(uid codec.RawUID, sinceMs int64) (added bool) {
	if uid.IsZero() {
		return false
	}
	hash := x.hash(&uid)
	if !x.segments[segmentOf(hash)].add(hash, toSeconds(sinceMs)) {
		return false
	}
	x.users.Add(1)
	return true
}

// Len returns how many users are in the index.
func (x *Index) Len() int { return int(x.users.Load()) }

// Bytes returns how much memory the users take, with the room that is kept for others.
func (x *Index) Bytes() int {
	total := 0
	for i := range x.segments {
		if t := x.segments[i].table.Load(); t != nil {
			total += 12 * len(t.hashes)
		}
	}
	return total
}

// toSeconds fits a time into 32 bits: until the year 2106.
func toSeconds(ms int64) uint32 { return uint32(min(max(0, ms/1000), math.MaxUint32)) }

func (s *segment) add(hash uint64, seconds uint32) (added bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	t := s.table.Load()
	if t == nil {
		t = newTable(firstBuckets)
		s.table.Store(t)
	}
	slot, found := t.find(hash)
	if found {
		if seconds > t.seconds[slot] {
			atomic.StoreUint32(&t.seconds[slot], seconds)
		}
		return false
	}
	if float64(s.users+1) > fullAt*float64(len(t.hashes)) {
		t = t.longer()
		t.put(hash, seconds)
		s.table.Store(t) // whoever has the old one still finds all that was in it
	} else {
		t.put(hash, seconds)
	}
	s.users++
	return true
}

func newTable(buckets uint64) *table {
	return &table{hashes: make([]uint64, buckets*bucketSize), seconds: make([]uint32, buckets*bucketSize), buckets: buckets}
}

// longer returns a longer table with the same users. It is nobody else's yet.
func (t *table) longer() *table {
	next := newTable(max(t.buckets+1, uint64(float64(t.buckets)*growsBy)))
	for slot, hash := range t.hashes {
		if hash != 0 {
			next.put(hash, t.seconds[slot])
		}
	}
	return next
}

// first returns the first slot of the bucket that a hash leads to. The bits that chose the segment don't count.
func (t *table) first(hash uint64) uint64 {
	bucket, _ := bits.Mul64(hash<<segmentBits, t.buckets)
	return bucket * bucketSize
}

// find returns the slot of a hash, or the free one that ends the search for it.
func (t *table) find(hash uint64) (slot uint64, found bool) {
	for slot = t.first(hash); ; {
		switch atomic.LoadUint64(&t.hashes[slot]) {
		case hash:
			return slot, true
		case 0:
			return slot, false
		}
		if slot++; slot == uint64(len(t.hashes)) {
			slot = 0
		}
	}
}

// put stores a hash that isn't there. The time comes first: who sees the hash sees the time.
func (t *table) put(hash uint64, seconds uint32) {
	slot, _ := t.find(hash)
	atomic.StoreUint32(&t.seconds[slot], seconds)
	atomic.StoreUint64(&t.hashes[slot], hash)
}
