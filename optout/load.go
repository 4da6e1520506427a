package optout

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
)

// indexLoader is a Log that puts its entries into an index faster than Replay yields them.
type indexLoader interface {
	// loadInto adds the users of all entries after a cell. It calls progress with the number of
	// the cell up to which it has added all, one call after another, the last time with where it
	// ends: then there may be more to replay.
	loadInto(ctx context.Context, x *Index, after uint64, progress func(upTo uint64)) error
}

// loadInto implements indexLoader. All cores take part.
func (b *File) loadInto(ctx context.Context, x *Index, after uint64, progress func(upTo uint64)) error {
	if err := b.wait(ctx); err != nil {
		return err
	}
	log, ok := b.log.(cells)
	end := b.end.Load()
	if !ok || end <= after {
		return nil
	}
	if after == 0 {
		x.reserve(b.known.Load().entries)
	}
	p := &portions{cells: log, next: after + 1, to: end, progress: progress}
	var work waitgroup.Group
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			l := loader{index: x, source: p}
			for l.portion(ctx) {
			}
		})
	}
	work.Wait()
	if errors.Is(p.err, ErrDamaged) { // a portion doesn't see what the damage is if it is behind its end
		return cmp.Or(log.each(ctx, p.failed, end, func(*record) error { return nil }), p.err)
	}
	if p.err != nil {
		return p.err
	}
	x.trim()
	b.readTo(after, end)
	return nil
}

// portions hands out the cells of a log.
type portions struct {
	cells    cells
	to       uint64
	progress func(upTo uint64)

	mu     sync.Mutex
	next   uint64
	taken  []uint64 // first cells of the portions that are being read
	err    error    // of the first portion that has one
	failed uint64   // first cell of that portion
}

// take returns the next portion. It ends where a record ends. There is none after an error.
func (p *portions) take() (from, to uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil || p.next > p.to {
		return 0, 0, false
	}
	from, to = p.next, min(p.next+readChunk-1, p.to)
	for to < p.to && p.cells.continues(to+1) {
		to++
	}
	p.next = to + 1
	p.taken = append(p.taken, from)
	return from, to, true
}

// done takes a portion back. Of several errors, that of the first cells counts, as in reading one
// after another: all portions before a damaged one have been taken, and are read to their end.
func (p *portions) done(from uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil && (p.err == nil || from < p.failed) {
		p.err, p.failed = err, from
	}
	p.taken = slices.DeleteFunc(p.taken, func(first uint64) bool { return first == from })
	if p.err == nil {
		p.progress(slices.Min(append(p.taken, p.next)) - 1)
	}
}

// continues reports whether a cell continues a value, by what it says of itself. A cell that can't
// be read is noticed when its portion is read.
func (c cells) continues(number uint64) bool {
	var kind [1]byte
	_, err := c.file.ReadAt(kind[:], offset(number))
	return err == nil && kind[0] == kindMore
}

// loader reads portions into an index.
type loader struct {
	index  *Index
	source *portions
	buffer []byte
	users  usersBySegment
}

// portion reads one, and reports whether there may be more.
func (l *loader) portion(ctx context.Context) bool {
	from, to, ok := l.source.take()
	if !ok {
		return false
	}
	err := l.source.cells.eachIn(ctx, &l.buffer, from, to, func(r *record) error {
		if r.kind == kindEntry {
			l.users.add(l.index, r.entry)
		}
		return nil
	})
	l.users.flush(l.index)
	l.source.done(from, err)
	return err == nil
}
