// Package turns measures several things beside each other: each has a turn of some milliseconds, again and again, so that whoever
// else is on the machine disturbs all of them alike.
package turns

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// Contender is one of the things that are measured.
type Contender struct {
	Name string
	Op   func(i int) // the i-th operation
}

// Of makes a contender.
func Of(name string, op func(i int)) Contender { return Contender{name, op} }

// Result is what came of a contender.
type Result struct {
	Name   string
	Ns     float64 // of an operation, the median over the turns
	Ratio  float64 // to the first contender, the median over the turns
	Allocs float64

	CPUNs, CPURatio float64 // the same of the time that the process used of the processor; 0 where it isn't known
}

const (
	// turn is how long a contender is measured before the next one's turn comes. It is short: whoever else is on the machine
	// then disturbs all of them alike. Before it, for as long, the contender brings what it works on into the caches, from
	// which the others have driven it.
	turn = 4 * time.Millisecond
	// minTurns is how many there are at least.
	minTurns = 9
)

// Measure gives each contender its turn, again and again, for about a time in all. The first contender is the floor.
func Measure(budget time.Duration, contenders ...Contender) []Result {
	counts := make([]int, len(contenders))
	for i, c := range contenders {
		counts[i] = calibrate(c.Op)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	runtime.GC()
	turns := max(minTurns, int(budget/(2*turn))/len(contenders))
	passed, used := newTally(len(contenders)), newTally(len(contenders))
	for t := range turns {
		for i, c := range contenders {
			PerOp(c.Op, t*counts[i], counts[i])
			before, _ := CPUTime()
			passed.add(i, PerOp(c.Op, t*counts[i], counts[i]))
			after, _ := CPUTime()
			used.add(i, float64(after-before)/float64(counts[i]))
		}
	}
	results := make([]Result, len(contenders))
	for i, c := range contenders {
		n := 0
		r := Result{Name: c.Name, Allocs: testing.AllocsPerRun(100, func() { c.Op(n); n++ })}
		r.Ns, r.Ratio = passed.medians(i)
		r.CPUNs, r.CPURatio = used.medians(i)
		results[i] = r
	}
	return results
}

// Used is results by the processor's time instead of the time that passed, where that is known. It is the same on a machine with
// nothing else to do, and on a busy one it is the right one for what one goroutine does and waits for nobody with.
func Used(results []Result) []Result {
	for i, r := range results {
		if r.CPUNs > 0 {
			results[i].Ns, results[i].Ratio = r.CPUNs, r.CPURatio
		}
	}
	return results
}

// tally has the times of each contender, and their ratios to the first one's of the same turn.
type tally struct{ times, ratios [][]float64 }

func newTally(contenders int) tally {
	return tally{make([][]float64, contenders), make([][]float64, contenders)}
}

// add takes the time of a contender; the first one's comes first.
func (t tally) add(i int, ns float64) {
	t.times[i] = append(t.times[i], ns)
	floor := t.times[0][len(t.times[0])-1]
	t.ratios[i] = append(t.ratios[i], ns/max(floor, 1))
}

func (t tally) medians(i int) (ns, ratio float64) { return Median(t.times[i]), Median(t.ratios[i]) }

// calibrate finds how many operations take a turn. The least of several times counts: if others were given the processor during
// one, there would be so few operations that all they work on stays in the nearest cache.
func calibrate(op func(int)) int {
	for n := 1; ; n *= 2 {
		least := min(PerOp(op, 0, n), PerOp(op, n, n), PerOp(op, 2*n, n))
		if took := least * float64(n); took >= float64(turn)/2 {
			return max(1, int(float64(n)*float64(turn)/took))
		}
	}
}

// PerOp does n operations and returns how many nanoseconds one took.
func PerOp(op func(int), from, n int) float64 {
	start := time.Now()
	for i := from; i < from+n; i++ {
		op(i)
	}
	return float64(time.Since(start)) / float64(n)
}

// Median returns the middle one.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// Find returns the result of a name.
func Find(results []Result, name string) Result {
	return results[slices.IndexFunc(results, func(r Result) bool { return r.Name == name })]
}
