package optout

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/hugepage"
	"github.com/uid2rtb/uid2rtb/internal/prefetch"
)

// table is a hash table with open addressing. A user is in the bucket that the hash leads to, or in
// the first one after it that had room. No slot is ever emptied, so a bucket with a free slot ends
// a search. Look-ups proceed while a writer, who holds the segment's lock, adds users.
type table struct {
	pairs []pair
}

// pair is two buckets in three adjacent cache lines: one line for the hashes of each, and one for
// the times of both. A bucket is filled from the front, so its last slot shows whether there is a
// free one.
type pair struct {
	hashes  [2][bucketSize]uint64 // 0 is free
	seconds [2][bucketSize]uint32 // Unix seconds, in the same slots
}

const (
	bucketSize = 8
	slotSize   = 12 // bytes
)

func newTable(n uint64) *table {
	pairs := make([]pair, n)
	hugepage.Advise(pairs)
	return &table{pairs}
}

// buckets returns the number of buckets.
func (t *table) buckets() uint64 { return 2 * uint64(len(t.pairs)) }

func (t *table) slots() int { return bucketSize * int(t.buckets()) }

// first returns the bucket that a hash leads to. It ignores the bits that chose the segment.
func (t *table) first(hash uint64) uint64 {
	n, _ := bits.Mul64(hash<<segmentBits, t.buckets())
	return n
}

// after returns the bucket after n.
func (t *table) after(n uint64) uint64 {
	if n++; n == t.buckets() {
		return 0
	}
	return n
}

// lookup returns the time that is stored with a hash. It compares a whole bucket at once, without a
// branch that depends on the position: the processor would mispredict it for most users, and find
// that out only once the bucket has arrived from memory, while without it, it executes what follows
// in the meantime.
func (t *table) lookup(hash uint64) (seconds uint32, found bool) {
	for n := t.first(hash); ; n = t.after(n) {
		p := &t.pairs[n/2]
		hashes, times := &p.hashes[n%2], &p.seconds[n%2]
		if slots := match(hashes, times, hash); slots != 0 {
			return atomic.LoadUint32(&times[bits.TrailingZeros32(slots)%bucketSize]), true
		}
		if atomic.LoadUint64(&hashes[bucketSize-1]) == 0 {
			return 0, false
		}
	}
}

// prefetch asks the memory for where a look-up of the hash begins. The times would have to be
// waited for only by those of whom there are few, who have opted out.
func (t *table) prefetch(hash uint64) {
	n := t.first(hash)
	prefetch.Lines((*byte)(unsafe.Pointer(&t.pairs[n/2].hashes[n%2])), 1)
}

// find returns the slots of a hash and its time, or the free ones where they would be stored.
func (t *table) find(hash uint64) (at *uint64, seconds *uint32, found bool) {
	for n := t.first(hash); ; n = t.after(n) {
		p := &t.pairs[n/2]
		for slot := range bucketSize {
			at, seconds = &p.hashes[n%2][slot], &p.seconds[n%2][slot]
			if *at == hash || *at == 0 {
				return at, seconds, *at == hash
			}
		}
	}
}

// put stores a hash that isn't in the table. The time is stored first: whoever sees the hash sees
// the time.
func (t *table) put(hash uint64, seconds uint32) {
	at, time, _ := t.find(hash)
	atomic.StoreUint32(time, seconds)
	atomic.StoreUint64(at, hash)
}

// each calls f for each user.
func (t *table) each(f func(hash uint64, seconds uint32)) {
	for i := range t.pairs {
		p := &t.pairs[i]
		for slot := range 2 * bucketSize {
			if hash := p.hashes[slot/bucketSize][slot%bucketSize]; hash != 0 {
				f(hash, p.seconds[slot/bucketSize][slot%bucketSize])
			}
		}
	}
}

// longer returns a longer table with the same users, which nobody else has access to yet.
func (t *table) longer() *table {
	n := uint64(len(t.pairs))
	return t.resized(max(n+1, uint64(float64(n)*growsBy)))
}

// resized returns a table of so many pairs with the same users, which nobody else has access to
// yet.
func (t *table) resized(pairs uint64) *table {
	next := newTable(pairs)
	t.each(next.put)
	return next
}
