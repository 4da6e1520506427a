package main

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/proc"
	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
)

// effort is how much is measured.
type effort struct {
	turns          int
	most, at70     time.Duration // of a turn
	warm, warmSlow time.Duration // before the first
}

var (
	quick  = effort{turns: 5, most: 300 * time.Millisecond, at70: 200 * time.Millisecond, warm: 300 * time.Millisecond, warmSlow: 10 * time.Second}
	normal = effort{turns: 17, most: 500 * time.Millisecond, at70: 500 * time.Millisecond, warm: time.Second, warmSlow: 12 * time.Second}
)

// turn is what came of a bidder's turn.
type turn struct {
	rate     float64 // answered a second
	cpu      float64 // µs of the processor for a request
	p50, p99 float64 // µs, at 70 % of the rate
}

// warmUp makes the bidder ready to be measured.
func (b *bidder) warmUp(ctx context.Context, m *market, e effort) error {
	long := e.warm
	if b.slow {
		long = e.warmSlow
	}
	_, err := b.load(ctx, m, 0, long)
	return err
}

// take is one turn.
func (b *bidder) take(ctx context.Context, m *market, e effort) error {
	pid := b.process.Process.Pid
	before, err := proc.CPU(pid)
	if err != nil {
		return err
	}
	most, err := b.load(ctx, m, 0, e.most)
	if err != nil {
		return err
	}
	after, err := proc.CPU(pid)
	if err != nil {
		return err
	}
	t := turn{rate: float64(len(most)) / e.most.Seconds(), cpu: micros(after-before) / float64(len(most))}
	at70, err := b.load(ctx, m, 0.7*t.rate, e.at70)
	if err != nil {
		return err
	}
	t.p50, t.p99 = micros(at70[len(at70)/2]), micros(at70[len(at70)*99/100])
	b.turns = append(b.turns, t)
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// tableOf has a row for each bidder.
func tableOf(bidders []*bidder) (t report.Table, err error) {
	t.Columns = []string{"", "requests a second and core", "processor a request, µs", "UID2's part, µs", "p50 at 70 %, µs", "p99 at 70 %, µs", "memory, MB", "answered a second here"}
	var floor *bidder
	for _, b := range bidders {
		if b.floor {
			floor = b
		}
		rss, err := proc.RSS(b.process.Process.Pid)
		if err != nil {
			return t, fmt.Errorf("%s: %w", b.name, err)
		}
		cpu, part := b.median(func(i int) float64 { return b.turns[i].cpu }), report.None
		if b != floor {
			part = b.median(func(i int) float64 { return b.turns[i].cpu - floor.turns[i].cpu })
		}
		t.Rows = append(t.Rows, report.Row{Name: b.name, Values: []report.Value{
			1e6 / cpu,
			cpu,
			part,
			b.median(func(i int) float64 { return b.turns[i].p50 }),
			b.median(func(i int) float64 { return b.turns[i].p99 }),
			report.Value(rss / 1e6),
			b.median(func(i int) float64 { return b.turns[i].rate }),
		}})
	}
	return t, nil
}

// median is that of a figure over the bidder's turns.
func (b *bidder) median(of func(turn int) float64) report.Value {
	var all []float64
	for i := range b.turns {
		all = append(all, of(i))
	}
	return report.Value(turns.Median(all))
}
