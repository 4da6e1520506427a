package main

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
)

var batchSizes = []int{1, 2, 4, 8, 16, 64}

// batchSection measures several tokens at once.
func batchSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Several tokens at once"
	s.About = "Text in, verdicts and the raw UIDs as text out, by single calls and by batches. The tokens are of version 4, under random keys, and " +
		"so many that none comes twice before all that belongs to it is out of the processor's caches. Times are the processor's."
	for _, c := range []struct{ keys, optOuts, tokens int }{
		{world.UsualKeys, world.OptedOut, world.TokenCount},
		{100_000, of(e, 1_000_000, 20_000_000, 100_000_000), of(e, 200_000, 500_000, 1_000_000)},
	} {
		caption := fmt.Sprintf("%d keys, %d opt-outs", c.keys, c.optOuts)
		say(ctx, caption)
		w, err := world.New(c.keys)
		if err != nil {
			return s, err
		}
		if err := w.SealMany(c.tokens, codec.V4, false); err != nil {
			return s, err
		}
		fill(w.OptOuts, c.optOuts-world.OptedOut, 1<<41)
		t := report.Table{Caption: caption, Columns: []string{"", "ns a token", "× single calls", "allocs"}}
		contenders := []turns.Contender{turns.Of("single calls", w.DecryptOne(0))}
		for i, size := range batchSizes {
			contenders = append(contenders, turns.Of(fmt.Sprintf("batches of %d", size), w.DecryptBatch((i+1)*c.tokens/(len(batchSizes)+1), size)))
		}
		for i, r := range turns.Used(turns.Measure(of(e, 500*time.Millisecond, 3*time.Second, 10*time.Second), contenders...)) {
			size := float64(append([]int{1}, batchSizes...)[i])
			ratio := r.Ratio / size
			t.Rows = append(t.Rows, report.Row{Name: r.Name, Values: []report.Value{report.Value(r.Ns / size), report.Value(ratio), report.Value(r.Allocs)}})
			if size == 16 && c.keys != world.UsualKeys {
				s.Goals = append(s.Goals, report.AtLeast("batches of 16, × the single calls' throughput", 1/ratio, 1.5))
			}
		}
		s.Tables = append(s.Tables, t)
	}
	return s, nil
}
