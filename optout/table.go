package optout

import (
	"math/bits"
	"sync/atomic"
)

// table is a hash table with open addressing. A user is in the bucket that its hash leads to, or in the first one behind it that
// had room. No slot is ever emptied, so a bucket with a free one ends a search. Lookups go on while somebody, under the segment's
// lock, puts others in.
type table struct {
	pairs []pair
}

// pair is two buckets, in three lines of the processor's cache beside each other: a line for the hashes of each, and one for the times of
// both. A bucket is filled from its front, so that its last slot reports whether there is a free one.
type pair struct {
	hashes  [2][bucketSize]uint64 // 0 is free
	seconds [2][bucketSize]uint32 // Unix seconds, of the same slot
}

const (
	bucketSize = 8
	slotSize   = 12 // bytes
)

func newTable(pairs uint64) *table { return &table{make([]pair, pairs)} }

// buckets returns how many there are.
func (t *table) buckets() uint64 { return 2 * uint64(len(t.pairs)) }

func (t *table) slots() int { return bucketSize * int(t.buckets()) }

// first returns the bucket that a hash leads to. The bits that chose the segment don't count.
func (t *table) first(hash uint64) uint64 {
	n, _ := bits.Mul64(hash<<segmentBits, t.buckets())
	return n
}

// after returns the bucket behind one.
func (t *table) after(n uint64) uint64 {
	if n++; n == t.buckets() {
		return 0
	}
	return n
}

// lookup returns the time that is kept with a hash. It looks at a whole bucket at a time, without a branch on where in it something
// is: the processor would guess that wrong for most users, and would learn it only when the bucket has come from memory,
// while now it goes on with what follows.
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

// find returns the places of a hash and its time, or the free ones where they would go.
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

// put stores a hash that isn't there. The time comes first: who sees the hash sees the time.
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

// longer returns a longer table with the same users. It is nobody else's yet.
func (t *table) longer() *table {
	n := uint64(len(t.pairs))
	next := newTable(max(n+1, uint64(float64(n)*growsBy)))
	t.each(next.put)
	return next
}
