package optout

import (
	"context"
	"fmt"
	"time"
)

// write is something to add to the log.
type write struct {
	cells   []byte        // without checksums
	entries uint64        // among them
	figure  func(*figure) // changes more of the figure than its end; nil if nothing
	err     chan error    // of capacity 1
}

// Append implements [Log].
func (b *File) Append(ctx context.Context, e Entry) error {
	return b.write(ctx, &write{cells: appendCell(nil, kindEntry, e.append(nil)), entries: 1})
}

// AppendAll adds entries together, and returns when they are durable. If there is an error, some of
// them may be there.
func (b *File) AppendAll(ctx context.Context, entries []Entry) error {
	w := &write{entries: uint64(len(entries))}
	for i := range entries {
		w.cells = appendCell(w.cells, kindEntry, entries[i].append(nil))
	}
	return b.write(ctx, w)
}

// Quarantine implements [Log].
func (b *File) Quarantine(ctx context.Context, what []byte, receivedMs int64) error {
	return b.write(ctx, &write{cells: appendValue(nil, what, receivedMs)})
}

// appendArrivals appends what came from a stream and isn't there yet.
func (b *File) appendArrivals(ctx context.Context, batch []arrival) error {
	w := &write{}
	receivedMs := time.Now().UnixMilli()
	for i := range batch {
		switch a := &batch[i]; {
		case a.strange != nil:
			w.cells = appendValue(w.cells, a.strange, receivedMs)
		case !a.known:
			w.cells = appendCell(w.cells, kindEntry, a.entry.append(nil))
			w.entries++
		}
	}
	if len(w.cells) == 0 {
		return nil
	}
	return b.write(ctx, w)
}

// setPlace keeps how far the log is a copy of which stream, and up to which of its cells the stream
// has what is in them.
func (b *File) setPlace(ctx context.Context, at place, cells uint64) error {
	return b.write(ctx, &write{figure: func(f *figure) { f.place, f.placed = at, cells }})
}

func (b *File) write(ctx context.Context, w *write) error {
	select {
	case <-b.ready:
	case <-b.closing:
		return ErrClosed
	default:
		return b.state.get()
	}
	if b.openErr != nil {
		return b.openErr
	}
	if b.readOnly {
		return ErrReadOnly
	}
	w.err = make(chan error, 1)
	select {
	case b.writes <- w:
	case <-b.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.err:
		return err
	case <-b.done: // it may have been answered on the way out
		select {
		case err := <-w.err:
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commit is the one goroutine that writes.
func (b *File) commit() {
	defer close(b.done)
	for {
		select {
		case first := <-b.writes:
			b.commitBatch(b.gather(first))
		case <-b.closing:
			return
		}
	}
}

// gather takes what is waiting.
func (b *File) gather(first *write) []*write {
	batch := []*write{first}
	for len(batch) < maxCommit {
		select {
		case w := <-b.writes:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

func (b *File) commitBatch(batch []*write) {
	start := time.Now()
	err := b.state.failure()
	if err == nil {
		err = b.append(batch)
	}
	b.commits.add(time.Since(start))
	if err != nil {
		err = fmt.Errorf("optout: the log can't be written: %w", err)
	}
	for _, w := range batch {
		w.err <- err
	}
}

// append makes a batch durable: first its cells, then the figure that says that they are there.
// What a failure leaves behind the end is overwritten by the next batch, or found whole by the next
// start, which keeps it.
func (b *File) append(batch []*write) error {
	var cells []byte
	next := b.figure.now
	for _, w := range batch {
		cells = append(cells, w.cells...)
		next.entries += w.entries
		if w.figure != nil {
			w.figure(&next)
		}
	}
	if err := b.checkUnchanged(); err != nil {
		return err
	}
	if len(cells) > 0 {
		seal(next.id, next.end+1, cells)
		if _, err := b.file.WriteAt(cells, offset(next.end+1)); err != nil {
			return err
		}
		if err := dataSync(b.file); err != nil {
			return err
		}
		next.end += uint64(len(cells) / cellSize)
	}
	if err := b.figure.set(next); err != nil {
		return err
	}
	if err := b.checkNames(); err != nil { // since a moment ago: what was written is nowhere
		return err
	}
	if len(cells) > 0 {
		b.tail = hashOf(cells[len(cells)-cellSize:])
	}
	b.know(b.figure.now)
	return nil
}

// know lets readers know how far the log goes.
func (b *File) know(f figure) {
	b.known.Store(&f)
	b.end.Store(f.end)
}

// offset is where a cell is in the file.
func offset(number uint64) int64 { return int64(number) * cellSize }
