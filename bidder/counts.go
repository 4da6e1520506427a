package bidder

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

// counts counts verdicts by status. There are several of each counter, and a processor goes on with
// those that it had last: processors that count at the same time don't wait for each other's cache
// lines, as they would for one counter.
type counts struct {
	shards []countsShard
	next   atomic.Uint32
	own    sync.Pool // of *countsShard, which the pool may forget
}

type countsShard struct {
	byStatus [codec.UserOptedOut + 1]atomic.Uint64
	_        [128]byte // no cache line has counters of two shards
}

func newCounts() *counts {
	c := &counts{shards: make([]countsShard, 2*runtime.GOMAXPROCS(0))}
	c.own.New = func() any { return &c.shards[int(c.next.Add(1))%len(c.shards)] }
	return c
}

func (c *counts) add(status codec.Status) {
	shard := c.own.Get().(*countsShard)
	shard.byStatus[status].Add(1)
	c.own.Put(shard)
}

func (c *counts) of(status codec.Status) (sum uint64) {
	for i := range c.shards {
		sum += c.shards[i].byStatus[status].Load()
	}
	return sum
}

// Decrypted returns how many tokens have had a status so far, for metrics. It is 0 for what is no
// status.
func (b *Bidder) Decrypted(status codec.Status) uint64 {
	if status > codec.UserOptedOut {
		return 0
	}
	return b.counts.of(status)
}
