package main

import (
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/plural"
)

const about = "Three bidders, of which one is listed, an operator and the accounts are in the loader's process; the server is a process of its own. Auctions are sent when they are due, " +
	"whatever is still under way, and latency counts from then. CPU is what the server's process used of the processor; allocations and collections are what its runtime says. " +
	"Servers with and without the module take turns; × is the CPU beside the server without the module and the same requests. RSS and goroutines are the most of the turns."

// tableOf has a row for each contender.
func tableOf(rate float64, long time.Duration, contenders []*contender) report.Table {
	first, turns := contenders[0], len(contenders[0].turns)
	last := contenders[len(contenders)-1]
	t := report.Table{Caption: fmt.Sprintf("%g auctions/s, %s of %v, load average %s to %s", rate, plural.Count(turns, "turn"), long, first.turns[0].load, last.turns[turns-1].load),
		Columns: []string{"", "auctions", "CPU µs", "×", "allocs", "KB", "collections/1000", "p50 ms", "p99", "p99.9", "max", "RSS MB", "goroutines", "failed", "not sent"}}
	var base float64
	for i, c := range contenders {
		sum := c.total()
		n := max(sum.played, 1)
		cpu := float64(sum.cpu.Microseconds()) / n
		if i%2 == 0 {
			base = cpu
		}
		values := []float64{sum.played, cpu, cpu / base, sum.mallocs / n, sum.allocated / n / 1e3, sum.gcs / n * 1e3}
		for _, quantile := range []float64{50, 99, 99.9, 100} {
			values = append(values, ms(sum.took.ValueAtQuantile(quantile)))
		}
		values = append(values, sum.rss/1e6, sum.goroutines, sum.failed, sum.dropped)
		t.Rows = append(t.Rows, row(c.name, values...))
	}
	return t
}

// turnsOf shows how far the turns are apart.
func turnsOf(rate float64, contenders []*contender) report.Table {
	t := report.Table{Caption: fmt.Sprintf("CPU µs an auction by turns, %g auctions/s", rate), Columns: []string{""}}
	for i := range contenders[0].turns {
		t.Columns = append(t.Columns, fmt.Sprint(i+1))
	}
	for _, c := range contenders {
		var values []float64
		for _, turn := range c.turns {
			values = append(values, float64((turn.after.cpu-turn.before.cpu).Microseconds())/float64(max(turn.played, 1)))
		}
		t.Rows = append(t.Rows, row(c.name, values...))
	}
	return t
}

func row(name string, values ...float64) report.Row {
	r := report.Row{Name: name}
	for _, v := range values {
		r.Values = append(r.Values, report.Value(v))
	}
	return r
}

func ms(ns int64) float64 { return float64(ns) / 1e6 }

// latencies draws each contender's latencies up to its slowest auctions.
func latencies(rate float64, contenders []*contender) report.Chart {
	chart := report.Chart{Title: fmt.Sprintf("Latency, %g auctions/s", rate), X: "one auction of so many is slower", Y: "ms", LogX: true, LogY: true}
	for _, c := range contenders {
		line := report.Line{Name: c.name}
		took := c.total().took
		for of := 2.0; of <= float64(max(took.TotalCount(), 2)); of *= 2 {
			line.Add(of, ms(took.ValueAtQuantile(100*(1-1/of))))
		}
		chart.Lines = append(chart.Lines, line)
	}
	return chart
}
