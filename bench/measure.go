package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// contender is one of several things that are measured beside each other.
type contender struct {
	name string
	op   func(i int) // the i-th operation
}

// measured is what came of a contender.
type measured struct {
	name   string
	ns     float64 // of an operation, the median over the turns
	ratio  float64 // to the first contender, the median over the turns
	allocs float64
}

const (
	// turn is how long a contender is measured before the next one's turn comes. It is short: whoever else is on the machine
	// then disturbs all of them alike. Before it, for as long, the contender brings what it works on into the caches, from
	// which the others have driven it.
	turn = 4 * time.Millisecond
	// minTurns is how many there are at least.
	minTurns = 9
)

// measure gives each contender its turn, again and again, for about a time in all. The first contender is the floor.
func measure(budget time.Duration, contenders ...contender) []measured {
	counts := make([]int, len(contenders))
	for i, c := range contenders {
		counts[i] = calibrate(c.op)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	runtime.GC()
	turns := max(minTurns, int(budget/(2*turn))/len(contenders))
	times, ratios := make([][]float64, len(contenders)), make([][]float64, len(contenders))
	for t := range turns {
		floor := 0.0
		for i, c := range contenders {
			perOp(c.op, t*counts[i], counts[i])
			ns := perOp(c.op, t*counts[i], counts[i])
			if i == 0 {
				floor = ns
			}
			times[i], ratios[i] = append(times[i], ns), append(ratios[i], ns/floor)
		}
	}
	results := make([]measured, len(contenders))
	for i, c := range contenders {
		n := 0
		results[i] = measured{c.name, median(times[i]), median(ratios[i]), testing.AllocsPerRun(100, func() { c.op(n); n++ })}
	}
	return results
}

// calibrate finds how many operations take a turn.
func calibrate(op func(int)) int {
	for n := 1; ; n *= 2 {
		if took := perOp(op, 0, n) * float64(n); took >= float64(turn)/2 {
			return max(1, int(float64(n)*float64(turn)/took))
		}
	}
}

// perOp does n operations and returns how many nanoseconds one took.
func perOp(op func(int), from, n int) float64 {
	start := time.Now()
	for i := from; i < from+n; i++ {
		op(i)
	}
	return float64(time.Since(start)) / float64(n)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// rows makes a row of each result: time, ratio, allocations.
func rows(results []measured) (rows []Row) {
	for _, r := range results {
		rows = append(rows, Row{r.name, []Value{Value(r.ns), Value(r.ratio), Value(r.allocs)}})
	}
	return rows
}

// find returns the result of a name.
func find(results []measured, name string) measured {
	return results[slices.IndexFunc(results, func(r measured) bool { return r.name == name })]
}

var timeColumns = []string{"", "ns", "× floor", "allocs"}
