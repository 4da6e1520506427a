package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
)

var versions = []codec.Version{codec.V2, codec.V3, codec.V4}

// decryptSection measures one token, on one core.
func decryptSection(_ context.Context, e effort) (s report.Section, err error) {
	s.Title = "One token"
	s.About = "Text in; verdict and the raw UID as text out, every check made, 100,000 opted-out users in the index; 4,000 different tokens under " +
		"2,000 keys. The floor is the cryptography alone with prepared keys: both layers through cipher.AEAD.Open for versions 3 and 4, " +
		"twelve AES blocks for version 2. Times are the processor's."
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return s, err
	}
	budget := of(e, 300*time.Millisecond, 2*time.Second, 4*time.Second)
	for _, v := range versions {
		t := report.Table{Caption: fmt.Sprintf("Version %d", v), Columns: timeColumns}
		for _, other := range []bool{false, true} {
			if err := w.Seal(v, other); err != nil {
				return s, err
			}
			floor, err := w.Floor(v)
			if err != nil {
				return s, err
			}
			withoutOptOuts, err := w.WithoutOptOuts()
			if err != nil {
				return s, err
			}
			garbage := w.Garbage()
			results := turns.Used(turns.Measure(budget, turns.Of("floor", floor), turns.Of("codec: text to contents", w.Open()),
				turns.Of("bidstream: text to verdict and raw UID", w.Decrypt(w.Decrypter)),
				turns.Of("the same, nobody has opted out", w.Decrypt(withoutOptOuts)),
				turns.Of("bidstream: a token with its last byte changed", garbage),
				turns.Of("one access to memory, anywhere in as much as all this has", accesses(w.Bytes()))))
			if other {
				results = results[2:3]
				results[0].Name += ", other alphabet"
			} else {
				whole := turns.Find(results, "bidstream: text to verdict and raw UID")
				s.Goals = append(s.Goals,
					report.AtMost(fmt.Sprintf("version %d, × floor", v), whole.Ratio, of(effort(v-2), 1.4, 1.25, 1.25)),
					report.AtMost(fmt.Sprintf("version %d, allocations", v), whole.Allocs, 0),
					report.AtMost(fmt.Sprintf("version %d: garbage, × a valid token", v), turns.Find(results, "bidstream: a token with its last byte changed").Ns/whole.Ns, 1))
			}
			t.Rows = append(t.Rows, rows(results)...)
		}
		s.Tables = append(s.Tables, t)
	}
	return s, nil
}

// load is one of the loads under which latency is measured.
type load struct {
	name    string
	part    float64       // of what a core can do
	nothing bool          // an empty operation
	swaps   time.Duration // between two swaps of the keys; 0: none
	all     *hdrhistogram.Histogram
	p999    []float64 // of each slice
}

// latencySection measures single decryptions under load: they arrive at random times, whether or not the ones before are done.
func latencySection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Latency under load"
	s.About = "Tokens of version 4 arrive at random times on every core but one, at a part of what a core can do when each is timed, whether or not the ones before are " +
		"done; the time of each counts from its arrival, so waiting counts (no coordinated omission). An empty operation beside them shows what is the clock's and the " +
		"machine's. The core that is left has the garbage collector and, in the last rows, a refresher: parsing 2,000 keys and swapping them once in each slice, or every 100 ms. The loads take " +
		"turns, a slice of a second or less each, and on Linux no other thread of the process gets onto the cores that decrypt; steady and with swaps are compared slice by slice, and the median of those ratios counts. The process " +
		"holds 256 MB that nothing is done with, since a bidder's heap isn't empty either, and it is the heap's size that decides how often garbage is collected."
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return s, err
	}
	if err := w.Seal(codec.V4, false); err != nil {
		return s, err
	}
	held := make([]byte, 256<<20)
	capacity := capacityOf(w.Decrypt(w.Decrypter))
	steady, swapping := &load{name: "decrypt at 30 %", part: 0.3}, &load{name: "decrypt at 30 %, a key swap every 100 ms", part: 0.3, swaps: 100 * time.Millisecond}
	duration := of(e, 200*time.Millisecond, 500*time.Millisecond, time.Second)
	once := &load{name: fmt.Sprintf("decrypt at 30 %%, a key swap every %v", duration), part: 0.3, swaps: duration}
	loads := []*load{{name: "nothing", part: 0.3, nothing: true}, {name: "decrypt at 10 % of the capacity", part: 0.1}, steady, {name: "decrypt at 60 %", part: 0.6}, once, swapping}
	for range of(e, 3, 9, 31) {
		for _, l := range loads {
			if err := l.slice(ctx, w, duration, capacity); err != nil {
				return s, err
			}
		}
	}
	runtime.KeepAlive(held)
	t := report.Table{Columns: []string{"ns", "p50", "p90", "p99", "p99.9", "max", "per second and core"}}
	for _, l := range loads {
		var values []report.Value
		for _, q := range []float64{50, 90, 99, 99.9, 100} {
			values = append(values, report.Value(l.all.ValueAtQuantile(q)))
		}
		t.Rows = append(t.Rows, report.Row{Name: l.name, Values: append(values, report.Value(l.part*capacity))})
	}
	var ratios []float64
	for i := range steady.p999 {
		ratios = append(ratios, swapping.p999[i]/steady.p999[i])
	}
	overall := float64(once.all.ValueAtQuantile(99.9)) / float64(steady.all.ValueAtQuantile(99.9))
	s.Goals = append(s.Goals, report.AtMost("p99.9 with key swaps, × steady", turns.Median(ratios), 1.2),
		report.AtMost("p99.9 with a key swap in each slice, × steady, all slices together", overall, 1.2))
	s.Tables = []report.Table{t}
	return s, nil
}

// capacityOf returns how many operations a second a core can do, when each is timed.
func capacityOf(op func(int)) float64 {
	h := hdrhistogram.New(1, int64(time.Minute), 3)
	start := time.Now()
	return 1e9 / turns.Measure(100*time.Millisecond, turns.Of("", func(i int) {
		timed(start, time.Since(start), i, op, h)
	}))[0].Ns
}

// timed does an operation and records when it was done, after a time.
func timed(start time.Time, after time.Duration, i int, op func(int), h *hdrhistogram.Histogram) {
	op(i)
	_ = h.RecordValue(max(1, int64(time.Since(start)-after))) // a minute and more isn't recorded, and doesn't happen
}

// slice adds a slice of time under the load.
func (l *load) slice(ctx context.Context, w *world.World, duration time.Duration, capacity float64) error {
	keys := new(swapped)
	keys.current.Store(w.Snapshot)
	decrypter, err := w.DecrypterOf(keys)
	if err != nil {
		return err
	}
	h := openLoop(ctx, duration, l.part*capacity, func() func(int) {
		if l.nothing {
			return func(int) {}
		}
		return w.Decrypt(decrypter)
	}, func(stop <-chan struct{}) {
		if l.swaps > 0 {
			keys.swapEvery(l.swaps, w.Answer, stop)
		}
	})
	if l.p999 = append(l.p999, float64(h.ValueAtQuantile(99.9))); l.all == nil {
		l.all = h
		return nil
	}
	l.all.Merge(h)
	return nil
}

// openLoop runs operations at random times on every core but one, and returns how many nanoseconds after its time each was done.
func openLoop(ctx context.Context, duration time.Duration, perSecond float64, newOp func() func(int), beside func(stop <-chan struct{})) *hdrhistogram.Histogram {
	others, restore := keepApart()
	defer restore()
	stop := make(chan struct{})
	var besides, workers sync.WaitGroup
	besides.Go(func() { beside(stop) })
	cores := max(1, runtime.GOMAXPROCS(0)-1)
	histograms := make([]*hdrhistogram.Histogram, cores)
	for core := range cores {
		histograms[core] = hdrhistogram.New(1, int64(time.Minute), 3)
		op := newOp()
		workers.Go(func() {
			if core < len(others) {
				pin(others[core])
			}
			arrive(ctx, duration, perSecond, op, histograms[core])
		})
	}
	workers.Wait()
	close(stop)
	besides.Wait()
	for _, h := range histograms[1:] {
		histograms[0].Merge(h)
	}
	return histograms[0]
}

// arrive is one core. It spins until the next arrival, since a sleep would be late by more than all that is measured. First it does
// each operation once, untimed: other loads have driven what they work on from the caches.
func arrive(ctx context.Context, duration time.Duration, perSecond float64, op func(int), h *hdrhistogram.Histogram) {
	for i := range world.TokenCount {
		op(i)
	}
	start, next := time.Now(), time.Duration(0)
	for i := 0; next < duration; i++ {
		next += time.Duration(rand.ExpFloat64() * 1e9 / perSecond)
		for time.Since(start) < next {
		}
		timed(start, next, i, op, h)
		if i%1024 == 0 && ctx.Err() != nil {
			return
		}
	}
}
