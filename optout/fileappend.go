package optout

import (
	"context"
	"fmt"
	"time"
)

// write is a request to add to the log.
type write struct {
	cells   []byte        // without checksums
	entries uint64        // among them
	figure  func(*figure) // changes other fields of the figure; may be nil
	err     chan error    // of capacity 1
}

// Append implements [Log].
func (b *File) Append(ctx context.Context, e Entry) error {
	return b.write(ctx, &write{cells: appendCell(nil, kindEntry, e.append(nil)), entries: 1})
}

// AppendAll appends several entries at once, and returns when they are durable. If it returns an
// error, some of them may have been appended.
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

// appendArrivals appends what arrived from a stream and isn't in the log yet.
func (b *File) appendArrivals(ctx context.Context, batch []arrival) error {
	w := &write{}
	receivedMs := time.Now().UnixMilli()
	for i := range batch {
		switch a := &batch[i]; {
		case a.foreign != nil:
			w.cells = appendValue(w.cells, a.foreign, receivedMs)
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

// setPlace records how far the log is a copy of which stream, and up to which cell the stream was
// seen to have the file's content.
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
	case <-b.done: // it may have been answered just before
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

// commit is the body of the only goroutine that writes.
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

// gather collects the writes that are waiting.
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

// append makes a batch durable: first its cells, then the figure that records them. What a failed
// append leaves after the end is overwritten by the next batch, or found intact and kept by the
// next start.
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
	if err := b.checkNames(); err != nil { // replaced only now: what was written may be lost
		return err
	}
	if len(cells) > 0 {
		b.tail = hashOf(cells[len(cells)-cellSize:])
	}
	b.know(b.figure.now)
	return nil
}

// know publishes to readers how far the log goes.
func (b *File) know(f figure) {
	b.known.Store(&f)
	b.end.Store(f.end)
}

// offset returns the position of a cell in the file.
func offset(number uint64) int64 { return int64(number) * cellSize }
