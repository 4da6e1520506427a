package counters

import (
	"sync"
	"testing"
	"unsafe"
)

// TestCounters: what goroutines add at the same time is all there, and each counter has its own.
func TestCounters(t *testing.T) {
	const goroutines, times = 100, 1000
	c := New(3)
	var all sync.WaitGroup
	for range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			for range times {
				c.Add(0, 1)
				c.Add(2, 5)
			}
		}()
	}
	all.Wait()
	for i, want := range []uint64{goroutines * times, 0, 5 * goroutines * times} {
		if got := c.Sum(i); got != want {
			t.Errorf("counter %d: %d, want %d", i, got, want)
		}
	}
}

// TestShardsAreApart: no two processors write into one cache line, or into two that are fetched
// together.
func TestShardsAreApart(t *testing.T) {
	for n := 1; n < 70; n++ {
		c := New(n)
		for i := 1; i < len(c.shards); i++ {
			last := uintptr(unsafe.Pointer(&c.shards[i-1].counters[n-1]))
			first := uintptr(unsafe.Pointer(&c.shards[i].counters[0]))
			if first-last < apart+counterBytes {
				t.Fatalf("%d counters: shards are %d bytes apart", n, first-last)
			}
		}
	}
}
