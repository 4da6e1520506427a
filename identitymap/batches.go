package identitymap

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
)

// ask sends one batch of hashes to an operator.
type ask func(ctx context.Context, batch []hashed) (findings, error)

// findings is an operator's answer for the hashes of a batch.
type findings struct {
	mapped   []mappedHash
	unmapped []unmappedHash
}

type mappedHash struct {
	hashed hashed
	Mapped
}

type unmappedHash struct {
	hashed hashed
	Unmapped
}

func (f *findings) addMapped(h hashed, m Mapped) { f.mapped = append(f.mapped, mappedHash{h, m}) }

func (f *findings) addUnmapped(h hashed, text string) {
	f.unmapped = append(f.unmapped, unmappedHash{h, unmapped(text)})
}

// batches asks about the parts of the identities' hashes, each in batches, and collects the
// answers. The outcome is that of sending one batch after another: the answers to the batches
// before the first that failed, and that one's error.
func batches(ctx context.Context, opts []Option, ids []dii.Identity, parts func(*groups) [][]hashed, ask ask) (Result, error) {
	result := Result{Mapped: make(map[dii.Identity]Mapped), Unmapped: make(map[dii.Identity]Unmapped)}
	c, err := newCall(opts)
	if err != nil {
		return result, err
	}
	g, err := group(ids)
	if err != nil {
		return result, err
	}
	var batches [][]hashed
	for _, part := range parts(g) {
		batches = slices.AppendSeq(batches, slices.Chunk(part, c.batch))
	}
	inFlight := c.start(ctx, batches, ask)
	defer inFlight.end()
	done := 0
	for i, batch := range batches {
		found, err := inFlight.wait(i)
		if err != nil {
			return result, err
		}
		g.tell(&result, found)
		done += len(batch)
		c.progress(done, len(g.order))
	}
	return result, nil
}

// flight sends the batches, several of them concurrently. They are started in order.
type flight struct {
	outcomes []outcome
	next     atomic.Int64 // the number of the next batch to start
	cancel   context.CancelFunc
	running  waitgroup.Group
}

// outcome is the outcome of a batch, once done is closed.
type outcome struct {
	done  chan struct{}
	found findings
	err   error
}

func (c *call) start(ctx context.Context, batches [][]hashed, ask ask) *flight {
	f := &flight{outcomes: make([]outcome, len(batches))}
	ctx, f.cancel = context.WithCancel(ctx)
	for i := range f.outcomes {
		f.outcomes[i].done = make(chan struct{})
	}
	for range min(c.parallel, len(batches)) {
		f.running.Go(func() {
			for i := f.begin(); i < len(batches); i = f.begin() {
				o := &f.outcomes[i]
				if o.found, o.err = ask(ctx, batches[i]); o.err != nil {
					f.beginNoMore()
				}
				close(o.done)
			}
		})
	}
	return f
}

// begin returns the number of the next batch to start, or a number beyond the last one.
func (f *flight) begin() int { return int(f.next.Add(1) - 1) }

// beginNoMore keeps further batches from being started: they come after one that failed. Those
// started before it continue.
func (f *flight) beginNoMore() { f.next.Add(int64(len(f.outcomes))) }

// wait returns the outcome of a batch, which has been started if those before it succeeded.
func (f *flight) wait(i int) (findings, error) {
	o := &f.outcomes[i]
	<-o.done
	return o.found, o.err
}

// end cancels the batches in flight, and waits for them.
func (f *flight) end() {
	f.cancel()
	f.running.Wait()
}

// tell writes findings to the result, for each identity with one of the hashes.
func (g *groups) tell(result *Result, found findings) {
	for _, m := range found.mapped {
		for _, id := range g.members[m.hashed] {
			result.Mapped[id] = m.Mapped
		}
	}
	for _, u := range found.unmapped {
		for _, id := range g.members[u.hashed] {
			result.Unmapped[id] = u.Unmapped
		}
	}
}
