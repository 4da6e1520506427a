package main

import (
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
)

// twoTurns is a contender with turns of 100 auctions.
func twoTurns(name string, cpu ...time.Duration) *contender {
	c := &contender{name: name}
	for i, used := range cpu {
		took := hdrhistogram.New(shortest, longest, 3)
		for n := range 100 {
			took.RecordValue(int64(n+1) * int64(time.Millisecond))
		}
		c.turns = append(c.turns, turn{outcome: outcome{played: 100, failed: 1, took: took}, dropped: i, load: "1 2 3",
			before: sample{cpu: time.Second, mallocs: 1000, allocated: 1e6, gcs: 1},
			after:  sample{cpu: time.Second + used, mallocs: 3000, allocated: 3e6, gcs: 3},
			during: sample{rss: float64(i+1) * 1e6, goroutines: float64(10 * (i + 1))}})
	}
	return c
}

func TestTable(t *testing.T) {
	contenders := []*contender{
		twoTurns("without", 90*time.Millisecond, 110*time.Millisecond), twoTurns("with", 120*time.Millisecond, 100*time.Millisecond),
		twoTurns("without", 50*time.Millisecond, 50*time.Millisecond), twoTurns("with", 100*time.Millisecond, 100*time.Millisecond),
	}
	table := tableOf(100, time.Minute, contenders)
	if len(table.Rows) != 4 || table.Caption != "100 auctions/s, 2 turns of 1m0s, load average 1 2 3 to 1 2 3" {
		t.Errorf("%d rows, %s", len(table.Rows), table.Caption)
	}
	got := table.Rows[1].Values
	for i, want := range []report.Value{200, 1100, 1.1, 20, 20, 20, 50, 99, 100, 100, 2, 20, 2, 1} {
		if got[i] < want*0.99 || got[i] > want*1.01 {
			t.Errorf("%s: %v, want %v", table.Columns[i+1], got[i], want)
		}
	}
	if ratio := table.Rows[3].Values[2]; ratio != 2 {
		t.Errorf("× %v, of the wrong server", ratio)
	}
	if one := tableOf(1, time.Second, []*contender{twoTurns("one", time.Second), twoTurns("other", time.Second)}); !strings.Contains(one.Caption, " 1 turn of 1s") {
		t.Error(one.Caption)
	}
	byTurns := turnsOf(100, contenders)
	if got := byTurns.Rows[1].Values; got[0] != 1200 || got[1] != 1000 {
		t.Errorf("by turns: %v", got)
	}
	chart := latencies(100, contenders)
	points := chart.Lines[0].Points
	if len(points) != 7 || points[0].X != 2 || points[0].Y < 49 || points[0].Y > 51 || points[6].Y < 98 {
		t.Errorf("plotted: %v", points)
	}
}

// Each server's turns go forwards, then backwards, with the module after the server without.
func TestContenders(t *testing.T) {
	var names []string
	for _, c := range contendersOf([]*player{nil, nil}) {
		names = append(names, c.name)
	}
	if len(names) != 4 || names[0] != "a UID2: no module" || names[1] != "a UID2: uid2.decrypt" || names[3] != "no UID2: uid2.decrypt" {
		t.Errorf("%q", names)
	}
}
