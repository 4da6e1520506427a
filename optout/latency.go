package optout

import (
	"sync/atomic"
	"time"
)

// latencyBounds are the upper bounds of the buckets.
var latencyBounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, time.Second, 5 * time.Second,
}

// Latency is how long something took, as a histogram of Prometheus has it: counting into fixed
// buckets needs no library, which every bidder would have to take.
type Latency struct {
	Count   uint64
	Sum     time.Duration
	Buckets map[time.Duration]uint64 // how many took at most this long
}

// latency collects a histogram of durations.
type latency struct {
	counts [len(latencyBounds) + 1]atomic.Uint64
	sum    atomic.Int64
}

func (l *latency) add(took time.Duration) {
	i := 0
	for i < len(latencyBounds) && took > latencyBounds[i] {
		i++
	}
	l.counts[i].Add(1)
	l.sum.Add(int64(took))
}

func (l *latency) read() Latency {
	r := Latency{Sum: time.Duration(l.sum.Load()), Buckets: make(map[time.Duration]uint64, len(latencyBounds))}
	for i, bound := range latencyBounds {
		r.Count += l.counts[i].Load()
		r.Buckets[bound] = r.Count
	}
	r.Count += l.counts[len(latencyBounds)].Load()
	return r
}
