package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

var versions = []codec.Version{codec.V2, codec.V3, codec.V4}

// decryptSection measures one token, on one core.
func decryptSection(_ context.Context, e effort) (s Section, err error) {
	s.Title = "One token"
	s.About = "Text in; verdict and the raw UID as text out, every check made, 100,000 opted-out users in the index; 4,000 different tokens under " +
		"2,000 keys. The floor is the cryptography alone with prepared keys: both layers through cipher.AEAD.Open for versions 3 and 4, " +
		"twelve AES blocks for version 2."
	w, err := newWorld(usualKeys)
	if err != nil {
		return s, err
	}
	budget := of(e, 300*time.Millisecond, 2*time.Second, 4*time.Second)
	for _, v := range versions {
		t := Table{Caption: fmt.Sprintf("Version %d", v), Columns: timeColumns}
		for _, other := range []bool{false, true} {
			if err := w.seal(v, other); err != nil {
				return s, err
			}
			floor, err := w.floor(v)
			if err != nil {
				return s, err
			}
			garbage := w.garbage()
			results := measure(budget, contender{"floor", floor}, contender{"codec: text to contents", w.open()},
				contender{"bidstream: text to verdict and raw UID", w.decrypt(w.decrypter)},
				contender{"bidstream: a token with its last byte changed", garbage})
			if other {
				results = results[2:3]
				results[0].name += ", other alphabet"
			} else {
				whole := find(results, "bidstream: text to verdict and raw UID")
				s.Goals = append(s.Goals,
					atMost(fmt.Sprintf("version %d, × floor", v), whole.ratio, of(effort(v-2), 1.6, 1.4, 1.4)),
					atMost(fmt.Sprintf("version %d, allocations", v), whole.allocs, 0),
					atMost(fmt.Sprintf("version %d: garbage, × a valid token", v), find(results, "bidstream: a token with its last byte changed").ns/whole.ns, 1))
			}
			t.Rows = append(t.Rows, rows(results)...)
		}
		s.Tables = append(s.Tables, t)
	}
	return s, nil
}

// open is codec alone.
func (w *world) open() func(i int) {
	var token codec.Token
	return func(i int) {
		if codec.Parse(&token, w.tokens[i%len(w.tokens)].text) != codec.Success || token.Open(w.snapshot.Keys()) != codec.Success {
			panic("bench: a token doesn't open")
		}
	}
}

// garbage decrypts tokens that look right and aren't.
func (w *world) garbage() func(i int) {
	texts := make([][]byte, len(w.tokens))
	for i := range texts {
		texts[i] = slices.Clone(w.tokens[i].text)
		at := len(texts[i]) - 6 // not the bits that padding leaves over
		if texts[i][at] == 'A' {
			texts[i][at] = 'B'
		} else {
			texts[i][at] = 'A'
		}
	}
	own := *w
	own.tokens = make([]sealed, len(texts))
	for i := range texts {
		own.tokens[i].text = texts[i]
	}
	return own.decryptAny()
}

// latencySection measures single decryptions under load: they arrive at random times, whether or not the ones before are done.
func latencySection(ctx context.Context, e effort) (s Section, err error) {
	s.Title = "Latency under load"
	s.About = "Tokens of version 4 arrive at random times on every core, at a part of what the cores can do, whether or not the ones before are " +
		"done; the time of each counts from its arrival, so waiting counts (no coordinated omission). An empty operation beside them shows what is the clock's and the " +
		"machine's. With a key swap every 100 ms the refresher's work, parsing 2,000 keys, runs on the same cores."
	w, err := newWorld(usualKeys)
	if err != nil {
		return s, err
	}
	if err := w.seal(codec.V4, false); err != nil {
		return s, err
	}
	duration := of(e, time.Second, 4*time.Second, 15*time.Second)
	capacity := 1e9 / measure(100*time.Millisecond, contender{"", w.decrypt(w.decrypter)})[0].ns
	t := Table{Columns: []string{"ns", "p50", "p90", "p99", "p99.9", "max", "per second and core"}}
	show := func(name string, part float64, swapping bool) *hdrhistogram.Histogram {
		keys := new(swapped)
		keys.current.Store(w.snapshot)
		d := w.decrypterOf(keys)
		h := openLoop(ctx, duration, part*capacity, func() func(int) {
			if name == "nothing" {
				return func(int) {}
			}
			return w.decrypt(d)
		}, func(stop <-chan struct{}) {
			if swapping {
				keys.swapEvery(100*time.Millisecond, w.answer, stop)
			}
		})
		var values []Value
		for _, q := range []float64{50, 90, 99, 99.9, 100} {
			values = append(values, Value(h.ValueAtQuantile(q)))
		}
		t.Rows = append(t.Rows, Row{name, append(values, Value(part*capacity))})
		return h
	}
	show("nothing", 0.3, false)
	show("decrypt at 10 % of the capacity", 0.1, false)
	steady := show("decrypt at 30 %", 0.3, false)
	show("decrypt at 60 %", 0.6, false)
	swapping := show("decrypt at 30 %, a key swap every 100 ms", 0.3, true)
	s.Goals = append(s.Goals, atMost("p99.9 with key swaps, × steady", float64(swapping.ValueAtQuantile(99.9))/float64(steady.ValueAtQuantile(99.9)), 1.2))
	s.Tables = []Table{t}
	return s, nil
}

// openLoop runs operations at random times on every core, and returns how many nanoseconds after its time each was done.
func openLoop(ctx context.Context, duration time.Duration, perSecond float64, newOp func() func(int), beside func(stop <-chan struct{})) *hdrhistogram.Histogram {
	stop := make(chan struct{})
	var besides, workers sync.WaitGroup
	besides.Go(func() { beside(stop) })
	cores := runtime.GOMAXPROCS(0)
	histograms := make([]*hdrhistogram.Histogram, cores)
	for core := range cores {
		histograms[core] = hdrhistogram.New(1, int64(time.Minute), 3)
		op := newOp()
		workers.Go(func() { arrive(ctx, duration, perSecond, op, histograms[core]) })
	}
	workers.Wait()
	close(stop)
	besides.Wait()
	for _, h := range histograms[1:] {
		histograms[0].Merge(h)
	}
	return histograms[0]
}

// arrive is one core. It spins until the next arrival, since a sleep would be late by more than all that is measured.
func arrive(ctx context.Context, duration time.Duration, perSecond float64, op func(int), h *hdrhistogram.Histogram) {
	start, next := time.Now(), time.Duration(0)
	for i := 0; next < duration; i++ {
		next += time.Duration(rand.ExpFloat64() * 1e9 / perSecond)
		for time.Since(start) < next {
		}
		op(i)
		_ = h.RecordValue(max(1, int64(time.Since(start)-next))) // a minute and more isn't recorded, and doesn't happen
		if i%1024 == 0 && ctx.Err() != nil {
			return
		}
	}
}

// coresSection measures what more cores give.
func coresSection(_ context.Context, e effort) (s Section, err error) {
	s.Title = "Cores"
	s.About = "Tokens of version 4, as many goroutines as cores, each with tokens of its own; all together, in a second. The floor on as many cores shows what " +
		"the machine itself gives: two virtual cores may be one real one."
	w, err := newWorld(usualKeys)
	if err != nil {
		return s, err
	}
	if err := w.seal(codec.V4, false); err != nil {
		return s, err
	}
	t := Table{Columns: []string{"cores", "decrypted /s", "× 1 core", "floor /s", "floor × 1 core"}}
	ours, floors := line{name: "text to verdict and raw UID"}, line{name: "floor", dashed: true}
	turns := of(e, 5, 25, 60)
	var one, oneFloor float64
	for cores := 1; cores <= runtime.GOMAXPROCS(0); cores++ {
		var rates, floorRates []float64
		for range turns {
			floorRates = append(floorRates, together(cores, func() func(int) { op, _ := w.floor(codec.V4); return op }))
			rates = append(rates, together(cores, func() func(int) { return w.decrypt(w.decrypter) }))
		}
		rate, floorRate := median(rates), median(floorRates)
		if cores == 1 {
			one, oneFloor = rate, floorRate
		}
		t.Rows = append(t.Rows, Row{fmt.Sprint(cores), []Value{Value(rate), Value(rate / one), Value(floorRate), Value(floorRate / oneFloor)}})
		ours.add(float64(cores), rate)
		floors.add(float64(cores), floorRate)
		if cores == 2 {
			s.Goals = append(s.Goals, atLeast("two cores, × one", rate/one, 1.9))
		}
	}
	s.Tables = []Table{t}
	s.plots = []chart{{title: "Tokens per second", x: "cores", y: "tokens/s", lines: []line{ours, floors}}}
	return s, nil
}

// together returns how many operations a second some goroutines do.
func together(goroutines int, newOp func() func(int)) float64 {
	ops := make([]func(int), goroutines)
	for g := range ops {
		ops[g] = newOp()
	}
	const each = 40_000
	var all sync.WaitGroup
	start := time.Now()
	for g, op := range ops {
		all.Go(func() {
			for i := range each {
				op(i + g*tokenCount/goroutines)
			}
		})
	}
	all.Wait()
	return float64(goroutines*each) / time.Since(start).Seconds()
}

// decryptAny is decrypt for tokens that don't all open.
func (w *world) decryptAny() func(i int) {
	var verdict bidstream.Verdict
	return func(i int) {
		w.decrypter.Decrypt(&verdict, w.tokens[i%len(w.tokens)].text, query)
	}
}
