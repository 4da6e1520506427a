// Package counters counts what happens in every bid: processors that count at the same time don't
// wait for each other, as they would for one counter, whose cache line goes from one to the next.
package counters

import (
	"sync"
	"sync/atomic"
)

// Counters are some numbers, each counted in several shards. A processor goes on with the shard
// that it had last.
type Counters struct {
	shards [64]shard // more processors share them
	next   atomic.Uint32
	own    sync.Pool // of *shard, which the pool may forget
}

type shard struct{ counters []atomic.Uint64 }

const (
	counterBytes = 8
	// apart is how far apart counters of two shards are: processors fetch two cache lines at a
	// time.
	apart = 128
)

// New returns n counters, which are 0.
func New(n int) *Counters {
	c := new(Counters)
	stride := (n*counterBytes+apart-1)/apart*apart/counterBytes + apart/counterBytes
	all := make([]atomic.Uint64, stride*len(c.shards))
	for i := range c.shards {
		c.shards[i].counters = all[i*stride : i*stride+n : i*stride+n]
	}
	c.own.New = func() any { return &c.shards[c.next.Add(1)%uint32(len(c.shards))] }
	return c
}

// Add adds n to counter i. It takes no lock, doesn't allocate, and is safe for concurrent use.
func (c *Counters) Add(i int, n uint64) {
	own := c.own.Get().(*shard)
	own.counters[i].Add(n)
	c.own.Put(own)
}

// Sum returns counter i.
func (c *Counters) Sum(i int) (sum uint64) {
	for s := range c.shards {
		sum += c.shards[s].counters[i].Load()
	}
	return sum
}
