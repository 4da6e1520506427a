//go:build go1.24

package optout_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// benchmarked is the number of users in the benchmarks: enough that most of the memory isn't in the
// processor's caches.
const benchmarked = 4_000_000

// asked returns users to look up, in random order: benchmarked ones, or others.
func asked(in bool) []codec.RawUID {
	random := rand.New(rand.NewPCG(1, 2))
	uids := make([]codec.RawUID, 1<<18)
	for i := range uids {
		uids[i] = numbered(random.IntN(benchmarked))
		if !in {
			uids[i] = numbered(benchmarked + i)
		}
	}
	return uids
}

func measure(b *testing.B, look func(codec.RawUID) bool) {
	for name, in := range map[string]bool{"opted out": true, "not opted out": false} {
		uids := asked(in)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if look(uids[i%len(uids)]) != in {
					b.Fatal("wrong")
				}
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	x := optout.NewIndex()
	for i := range benchmarked {
		x.Add(numbered(i), 1000)
	}
	measure(b, func(u codec.RawUID) bool { return x.OptOut(u).State == bidstream.OptedOut })
}

func BenchmarkMap(b *testing.B) {
	m := make(map[codec.RawUID]int64, benchmarked)
	for i := range benchmarked {
		m[numbered(i)] = 1000
	}
	measure(b, func(u codec.RawUID) bool { _, ok := m[u]; return ok })
}

func BenchmarkSyncMap(b *testing.B) {
	m := new(sync.Map)
	for i := range benchmarked {
		m.Store(numbered(i), int64(1000))
	}
	measure(b, func(u codec.RawUID) bool { _, ok := m.Load(u); return ok })
}

// BenchmarkOneAccess is what the index is compared with: reads of cache lines, spread over as much
// memory, each of which says where the next one is.
func BenchmarkOneAccess(b *testing.B) {
	lines := make([][8]uint64, 15*benchmarked/64)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(lines))
	for i, line := range order {
		lines[line][0] = uint64(order[(i+1)%len(order)])
	}
	at := uint64(0)
	for b.Loop() {
		at = lines[at][0]
	}
}

func BenchmarkIndexAdd(b *testing.B) {
	x := optout.NewIndex()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Add(numbered(i), 1000)
	}
	b.ReportMetric(float64(x.Bytes())/float64(x.Len()), "bytes/user")
}
