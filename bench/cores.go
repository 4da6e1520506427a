package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/counters"
)

// coresSection measures what more cores give.
func coresSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Cores"
	s.About = "As many goroutines as cores, each with tokens or requests of its own; all together, in a second. The floor on as many cores shows what the machine itself " +
		"gives: two virtual cores may be one real one. A bid request has 3.6 KB, and its verdicts are counted, as for metrics. The last table is what counting costs, " +
		"and what it would cost with one counter for all cores."
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return s, err
	}
	if err := w.Seal(codec.V4, false); err != nil {
		return s, err
	}
	rounds := of(e, 5, 25, 60)
	tokens := scaling(ctx, rounds, 40_000, func() func(int) { return w.Decrypt(w.Decrypter) }, floorsOf(w))
	requests := scaling(ctx, rounds, 4_000, w.Bids(3600, 4), w.BidFloors(3600, 4))
	counting := scaling(ctx, rounds, 400_000, ownCounters(), oneCounter())
	s.Tables = []report.Table{
		tokens.table("Tokens of version 4", "decrypted /s", "floor /s", "floor × 1 core"),
		requests.table("Bid requests, with counters", "annotated /s", "floor /s", "floor × 1 core"),
		counting.table("Counting", "counted /s", "with one counter /s", "one counter × 1 core"),
	}
	if len(tokens) > 1 {
		s.Goals = []report.Goal{
			report.AtLeast("two cores, × one", tokens.gain(1), 1.9),
			report.AtLeast("two cores, × one, bid requests with counters", requests.gain(1), 1.9),
		}
	}
	s.Plots = []report.Chart{{Title: "Tokens per second", X: "cores", Y: "tokens/s", Lines: tokens.lines("text to verdict and raw UID", "floor")}}
	return s, ctx.Err()
}

// atCores is how many operations some cores do in a second, and how many of the floor's.
type atCores struct{ rate, floor float64 }

// measured is what 1, 2, … cores do.
type measured []atCores

// scaling measures on 1, 2, … cores, each operation in turn with its floor.
func scaling(ctx context.Context, rounds, each int, newOp, newFloor func() func(int)) (all measured) {
	for cores := 1; cores <= runtime.GOMAXPROCS(0) && ctx.Err() == nil; cores++ {
		var rates, floors []float64
		for range rounds {
			floors = append(floors, together(cores, each, newFloor))
			rates = append(rates, together(cores, each, newOp))
		}
		all = append(all, atCores{turns.Median(rates), turns.Median(floors)})
	}
	return all
}

// gain returns how many times as many operations as one core number i does.
func (m measured) gain(i int) float64 { return m[i].rate / m[0].rate }

func (m measured) table(caption, rate, floor, floorGain string) report.Table {
	t := report.Table{Caption: caption, Columns: []string{"cores", rate, "× 1 core", floor, floorGain}}
	for i, at := range m {
		t.Rows = append(t.Rows, report.Row{Name: fmt.Sprint(i + 1), Values: []report.Value{
			report.Value(at.rate), report.Value(m.gain(i)), report.Value(at.floor), report.Value(at.floor / m[0].floor)}})
	}
	return t
}

func (m measured) lines(ours, floor string) []report.Line {
	lines := []report.Line{{Name: ours}, {Name: floor, Dashed: true}}
	for i, at := range m {
		lines[0].Add(float64(i+1), at.rate)
		lines[1].Add(float64(i+1), at.floor)
	}
	return lines
}

// together returns how many operations a second some goroutines do, each some times.
func together(goroutines, each int, newOp func() func(int)) float64 {
	ops := make([]func(int), goroutines)
	for g := range ops {
		ops[g] = newOp()
	}
	var all sync.WaitGroup
	start := time.Now()
	for g, op := range ops {
		all.Go(func() {
			for i := range each {
				op(i + g*world.TokenCount/goroutines)
			}
		})
	}
	all.Wait()
	return float64(goroutines*each) / time.Since(start).Seconds()
}

func floorsOf(w *world.World) func() func(int) {
	return func() func(int) {
		op, err := w.Floor(codec.V4)
		if err != nil {
			panic(err) // the tokens are of version 4
		}
		return op
	}
}

// ownCounters counts as package bidder does.
func ownCounters() func() func(int) {
	c := counters.New(1)
	return func() func(int) { return func(int) { c.Add(0, 1) } }
}

// oneCounter counts with one that all cores write.
func oneCounter() func() func(int) {
	c := new(atomic.Uint64)
	return func() func(int) { return func(int) { c.Add(1) } }
}
