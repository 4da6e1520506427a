package optout

import (
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

// queue is a bounded queue of raw UIDs, for any number of producers and consumers. Its methods take
// no lock, don't block and don't allocate. It is Dmitry Vyukov's bounded MPMC queue: each cell has
// a number that says whose turn it is.
type queue struct {
	cells []cell
	_     [64]byte // keeps the two ends on different cache lines
	tail  atomic.Uint64
	_     [64]byte
	head  atomic.Uint64
}

type cell struct {
	turn atomic.Uint64 // n: ready for put number n; n+1: ready for take number n
	uid  codec.RawUID
}

// newQueue returns a queue with room for size raw UIDs, which must be a power of two.
func newQueue(size int) *queue {
	q := &queue{cells: make([]cell, size)}
	for i := range q.cells {
		q.cells[i].turn.Store(uint64(i))
	}
	return q
}

// put adds a raw UID, and reports whether there was room for it.
func (q *queue) put(uid codec.RawUID) bool {
	for n := q.tail.Load(); ; n = q.tail.Load() {
		c := &q.cells[n&uint64(len(q.cells)-1)]
		switch turn := c.turn.Load(); {
		case turn == n && q.tail.CompareAndSwap(n, n+1):
			c.uid = uid
			c.turn.Store(n + 1)
			return true
		case turn < n:
			return false
		}
	}
}

// take removes the oldest raw UID, and reports whether there was one.
func (q *queue) take() (uid codec.RawUID, ok bool) {
	for n := q.head.Load(); ; n = q.head.Load() {
		c := &q.cells[n&uint64(len(q.cells)-1)]
		switch turn := c.turn.Load(); {
		case turn == n+1 && q.head.CompareAndSwap(n, n+1):
			uid, c.uid = c.uid, codec.RawUID{}
			c.turn.Store(n + uint64(len(q.cells)))
			return uid, true
		case turn < n+1:
			return codec.RawUID{}, false
		}
	}
}

// len returns the approximate number of raw UIDs in the queue.
func (q *queue) len() int { return int(max(0, int64(q.tail.Load()-q.head.Load()))) }
