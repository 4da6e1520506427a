package main

import "github.com/uid2rtb/uid2rtb/bench/internal/turns"

var timeColumns = []string{"", "ns", "× floor", "allocs"}

// rows makes a row of each result: time, ratio, allocations.
func rows(results []turns.Result) (rows []Row) {
	for _, r := range results {
		rows = append(rows, Row{r.Name, []Value{Value(r.Ns), Value(r.Ratio), Value(r.Allocs)}})
	}
	return rows
}
