package optout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Numbers is a range of numbers, both ends included, of entries of a log or of parts of a
// quarantined value.
type Numbers struct{ From, To uint64 }

// String returns the range with a dash, or its only number.
func (n Numbers) String() string {
	if n.From == n.To {
		return fmt.Sprint(n.From)
	}
	return fmt.Sprintf("%d-%d", n.From, n.To)
}

// addNumber adds a number that is greater than the others.
func addNumber(all []Numbers, number uint64) []Numbers {
	if last := len(all) - 1; last >= 0 && all[last].To+1 == number {
		all[last].To = number
		return all
	}
	return append(all, Numbers{number, number})
}

// wreck is a log, intact or damaged, from which as much as possible is read.
type wreck struct {
	path    string
	file    *os.File
	old     *bboltFile // nil if the log is in the current format
	id      uint64     // 0 if unknown: then intact cells can't be told from noise
	known   figure     // the log's newest figure, if hasEnd
	hasEnd  bool       // it is known where the log must end
	last    uint64     // the last cell that exists, or must exist
	ahead   []byte     // cells read ahead
	from    uint64     // number of the first of them
	damaged bool       // something other than cells is damaged
	reports []string   // problems with anything but cells
}

// openWreck opens a log, locked according to flag.
func openWreck(path string, flag int) (*wreck, error) {
	w := &wreck{path: path}
	file, err := openNamed(path, flag)
	switch {
	case errors.Is(err, os.ErrNotExist):
		w.report("the log is missing")
	case err != nil:
		return nil, openError(err)
	case isBbolt(file):
		w.file = file
		return w, w.openOld()
	default:
		w.file = file
	}
	if err := w.identify(); err != nil {
		return nil, errors.Join(openError(err), w.close())
	}
	return w, nil
}

// report records damage.
func (w *wreck) report(format string, args ...any) {
	w.note(format, args...)
	w.damaged = true
}

// note records a problem that the next start repairs by itself.
func (w *wreck) note(format string, args ...any) {
	w.reports = append(w.reports, fmt.Sprintf(format, args...))
}

func (w *wreck) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// identify finds out which log it is, and where it must end.
func (w *wreck) identify() error {
	if w.file != nil {
		h, err := readHeader(w.file)
		switch {
		case err == nil:
			w.id = h.id
		case errors.Is(err, ErrDamaged):
			w.report("the log's header is damaged, at byte 0")
		default:
			return err
		}
		info, err := w.file.Stat()
		if err != nil {
			return err
		}
		w.last = max(1, uint64(info.Size())/cellSize) - 1
	}
	if err := w.readFigure(); err != nil {
		return err
	}
	return w.readSnapshot()
}

// readFigure reads from the figure where the log must end.
func (w *wreck) readFigure() error {
	file, err := os.Open(figurePath(w.path))
	if errors.Is(err, os.ErrNotExist) {
		w.report("the %s is missing, so it isn't known whether the log has lost its end", figureName)
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	found, damaged, err := readFigures(file)
	if err != nil {
		return err
	}
	if damaged == slots {
		w.report("the %s is damaged, so it isn't known whether the log has lost its end", figureName)
		return nil
	}
	if damaged > 0 {
		w.note("one of the two slots of the %s is damaged; the other one is older, or the same", figureName)
	}
	if w.id == 0 {
		w.id = found[0].id
	}
	if w.known, err = pick(found, w.id); err != nil {
		w.report("the %s is of another log, so it isn't known whether this one has lost its end", figureName)
		return nil
	}
	w.hasEnd, w.last = true, max(w.last, w.known.end)
	return nil
}

// readSnapshot reads from the snapshot what that records about the log.
func (w *wreck) readSnapshot() error {
	snap, err := openAnySnapshot(w.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.note("the snapshot is damaged; without it, the whole log is read")
		return nil
	}
	defer snap.close()
	if w.id == 0 {
		w.id = snap.logID()
	}
	if snap.logID() != w.id {
		w.note("the snapshot is of another log, and isn't used")
		return nil
	}
	if w.known.end = max(w.known.end, snap.covers()); w.known.end > w.last {
		w.last = w.known.end
	}
	return nil
}

// each calls f for what is intact, in order, and returns the numbers of what was acknowledged and
// isn't.
func (w *wreck) each(ctx context.Context, f func(*record) error) (lost []Numbers, err error) {
	if w.old != nil {
		return w.eachOld(f)
	}
	r, read := reader{id: w.id}, progressOf(ctx)
	lose := func(from, to uint64) {
		for number := from; number <= to && (number <= w.known.end || !w.hasEnd); number++ {
			lost = addNumber(lost, number)
		}
	}
	for number := uint64(1); number <= w.last; number++ {
		if number%readChunk == 0 {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			read(readChunk * cellSize)
		}
		cell, err := w.cell(number)
		complete := false
		if err == nil {
			complete, err = r.next(number, cell)
		}
		if err != nil && r.missing > 0 { // what came before is an incomplete value
			lose(r.record.number, number-1)
			r.missing = 0
			if errors.Is(err, errOrphan) {
				complete, err = r.next(number, cell)
			}
		}
		if err != nil {
			r.missing = 0
			lose(number, number)
		}
		if complete {
			if err := f(&r.record); err != nil {
				return nil, err
			}
		}
	}
	if r.missing > 0 {
		lose(r.record.number, w.last)
	}
	read(int64(w.last % readChunk * cellSize))
	return lost, nil
}

// cell returns a cell, and reads following cells ahead.
func (w *wreck) cell(number uint64) ([]byte, error) {
	if w.file == nil {
		return nil, errMissing
	}
	if number < w.from || number >= w.from+uint64(len(w.ahead)/cellSize) {
		if w.ahead == nil {
			w.ahead = make([]byte, readChunk*cellSize)
		}
		n, err := w.file.ReadAt(w.ahead[:cap(w.ahead)], offset(number))
		w.from, w.ahead = number, w.ahead[:n/cellSize*cellSize]
		if n < cellSize {
			return nil, missing(err)
		}
	}
	return w.ahead[(number-w.from)*cellSize:][:cellSize], nil
}

// openOld reads a log in the old format.
func (w *wreck) openOld() error {
	old, both, err := startBbolt(w.file)
	if old == nil {
		w.report("%v", err)
		old = &bboltFile{file: w.file}
	} else if !both {
		w.report("one of the log's first two pages is damaged, so the last opt-outs may be missing")
	}
	if err == nil && old.check() != nil {
		err = old.check()
	}
	if err != nil {
		w.report("%v", err)
	}
	if _, err := oldFigure(w.path, old); err != nil {
		w.report("%v", err)
		both = false
	}
	w.old, w.hasEnd = old, both && err == nil
	return nil
}

// eachOld calls f for what is intact in a log in the old format: first from the pages in use, and
// otherwise from any page.
func (w *wreck) eachOld(f func(*record) error) (lost []Numbers, err error) {
	found := make(map[uint64]Entry)
	values := make(map[uint64][]byte)
	if w.old.pageSize > 0 {
		if err := w.old.scavenge(found, values); err != nil {
			return nil, err
		}
	}
	last := w.old.entryIn.sequence
	for number := range found {
		last = max(last, number)
	}
	for number := uint64(1); number <= last; number++ {
		entry, ok := found[number]
		if !ok {
			lost = addNumber(lost, number)
			continue
		}
		if err := f(&record{number: number, kind: kindEntry, entry: entry}); err != nil {
			return nil, err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(values)) {
		value := values[number]
		r := record{number: last + number, kind: kindValue, receivedMs: int64(binary.BigEndian.Uint64(value)), what: value[8:]}
		if err := f(&r); err != nil {
			return nil, err
		}
	}
	return lost, nil
}
