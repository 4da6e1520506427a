package optout

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// newLog is a log that is being written next to another one, which it replaces once it is complete:
// by an upgrade, a compaction or a repair.
type newLog struct {
	path string // of the log to replace
	file *os.File
	out  *bufio.Writer
	now  figure
}

// newPath returns the path of a new log until it is complete.
func newPath(path string) string { return path + ".new" }

// startLog starts a new log. It overwrites what an earlier attempt may have left.
func startLog(path string) (*newLog, error) {
	file, err := openLocked(newPath(path), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	l := &newLog{path: path, file: file, out: bufio.NewWriterSize(file, 1<<20), now: figure{id: newID()}}
	err = file.Truncate(0)
	if err == nil {
		_, err = l.out.Write(header{logVersion, l.now.id}.cell())
	}
	if err != nil {
		return nil, errors.Join(err, l.drop())
	}
	return l, nil
}

// add appends cells, of which this many are entries.
func (l *newLog) add(cells []byte, entries uint64) error {
	seal(l.now.id, l.now.end+1, cells)
	l.now.end += uint64(len(cells) / cellSize)
	l.now.entries += entries
	_, err := l.out.Write(cells)
	return err
}

func (l *newLog) addEntry(e Entry) error { return l.add(appendCell(nil, kindEntry, e.append(nil)), 1) }

// addOther appends a record that isn't an entry.
func (l *newLog) addOther(r *record) error {
	if r.kind == kindHashed {
		return l.add(appendCell(nil, kindHashed, r.hashed.append(nil)), 0)
	}
	return l.add(appendValue(nil, r.what, r.receivedMs), 0)
}

// end makes the log durable.
func (l *newLog) end() error {
	err := errors.Join(l.out.Flush(), l.file.Sync())
	reached()
	return err
}

// takePlace makes the log durable and replaces the other one by it.
func (l *newLog) takePlace(old figure) error {
	if err := l.end(); err != nil {
		return err
	}
	return takePlace(l.path, old, l.now)
}

// takePlace replaces a log by a new one, which is durable. Until the rename, the slots hold the
// figures of both logs, so whichever of them is there after a crash is intact.
func takePlace(path string, old, now figure) (err error) {
	figures := figureFile{now: old}
	if figures.file, err = openFigure(path); errors.Is(err, os.ErrNotExist) {
		if err = createFigure(path, old); err == nil {
			figures.now.turn = slots
			figures.file, err = openFigure(path)
		}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, figures.file.Close()) }()
	if err := figures.set(now); err != nil {
		return err
	}
	if err := os.Rename(newPath(path), path); err != nil {
		return err
	}
	reached()
	// The snapshot has the old log's numbers.
	if err := errors.Join(atomicfile.SyncDir(filepath.Dir(path)), removeIfThere(snapshotPath(path))); err != nil {
		return err
	}
	return figures.setBoth(now)
}

// drop removes a log that won't be completed.
func (l *newLog) drop() error { return errors.Join(l.file.Close(), removeIfThere(newPath(l.path))) }

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// upgrade converts a log in the format of bbolt, and returns the new log's file. The old one was
// opened for writing.
func upgrade(path string, file *os.File) (upgraded *os.File, err error) {
	defer file.Close()
	old, err := openBbolt(file)
	if err != nil {
		return nil, err
	}
	before, err := oldFigure(path, old)
	if err != nil {
		return nil, err
	}
	l, err := startLog(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("it can't be upgraded: %w", err), l.drop())
		}
	}()
	if err := old.all(func(r *record) error {
		if r.kind == kindEntry {
			return l.addEntry(r.entry)
		}
		return l.addOther(r)
	}); err != nil {
		return nil, err
	}
	l.now.place, l.now.placed = old.place, l.now.end
	if err := l.takePlace(before); err != nil {
		return nil, err
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return l.file, nil
}

// oldFigure returns the figure of a log in the old format, which had none except during an upgrade.
// A log in the old format next to the figure of a new one is an older file that somebody put there.
func oldFigure(path string, old *bboltFile) (figure, error) {
	now := figure{end: old.last, entries: old.entries}
	file, err := os.Open(figurePath(path))
	if errors.Is(err, os.ErrNotExist) {
		return now, nil
	}
	if err != nil {
		return figure{}, err
	}
	defer file.Close()
	found, _, err := readFigures(file)
	if err != nil {
		return figure{}, err
	}
	before, err := pick(found, 0)
	if err != nil || before.end > old.last {
		return figure{}, fmt.Errorf("%w: it is from before an upgrade, but the %s is from after it: %s", ErrDamaged, figureName, restoreIt)
	}
	now.turn = before.turn
	if newest := found[0]; newest.id != 0 {
		now.turn = newest.turn + 1
	}
	return now, nil
}
