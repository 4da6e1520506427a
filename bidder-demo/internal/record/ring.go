package record

import (
	"context"
	"slices"
	"sync"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// What is kept: so many auctions, and no more than so many bytes of their texts.
const (
	maxAuctions = 100
	maxBytes    = 64 << 20
)

// ring keeps the latest auctions, the oldest first. Whoever watches reads from it at his own pace:
// nothing is kept for anybody, and adding waits for nobody.
type ring struct {
	mu    sync.Mutex
	last  int64 // number
	bytes int
	kept  []kept
	added chan struct{} // closed by the next add
}

type kept struct {
	line page.Auction
	rec  *recording
}

func newRing() ring { return ring{added: make(chan struct{})} }

// add gives an auction its number.
func (r *ring) add(rec *recording, line page.Auction) int64 {
	size := rec.bytes()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	line.Number = r.last
	r.kept, r.bytes = append(r.kept, kept{line, rec}), r.bytes+size
	for len(r.kept) > maxAuctions || r.bytes > maxBytes && len(r.kept) > 1 {
		r.bytes -= r.kept[0].rec.bytes()
		r.kept = slices.Delete(r.kept, 0, 1)
	}
	close(r.added)
	r.added = make(chan struct{})
	return r.last
}

// after returns the lines of what is kept after a number, and what is closed when there are more.
// A number that hasn't been reached is of an earlier life of the program, and counts as 0.
func (r *ring) after(number int64) (lines []page.Auction, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.kept {
		if k.line.Number > number || number > r.last {
			lines = append(lines, k.line)
		}
	}
	return lines, r.added
}

func (r *ring) find(number int64) (kept, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.kept, func(k kept) bool { return k.line.Number == number })
	if i < 0 {
		return kept{}, false
	}
	return r.kept[i], true
}

// Watch implements the method of [page.Auctions].
func (r *Recorder) Watch(ctx context.Context, after int64, each func(page.Auction) error) error {
	for {
		lines, more := r.ring.after(after)
		for _, line := range lines {
			if err := each(line); err != nil {
				return err
			}
			after = line.Number
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
