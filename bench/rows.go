package main

import (
	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
)

var timeColumns = []string{"", "ns", "× floor", "allocs"}

// rows makes a row of each result: time, ratio, allocations.
func rows(results []turns.Result) (rows []report.Row) {
	for _, r := range results {
		rows = append(rows, report.Row{Name: r.Name, Values: []report.Value{report.Value(r.Ns), report.Value(r.Ratio), report.Value(r.Allocs)}})
	}
	return rows
}
