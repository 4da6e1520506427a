package optout

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// tailChecked is the number of cells before the end that are read on each start, even if a snapshot
// covers them.
const tailChecked = 4096

// open opens the log for writing, or creates it.
func (b *File) open() error {
	file, err := openNamed(b.path, os.O_RDWR)
	if errors.Is(err, os.ErrNotExist) {
		if err = createLog(b.path); err == nil {
			file, err = openNamed(b.path, os.O_RDWR)
		}
	}
	if err != nil {
		return openError(err)
	}
	if isBbolt(file) {
		if file, err = upgrade(b.path, file); err != nil {
			return openError(err)
		}
	}
	if err := b.openWith(file); err != nil {
		file.Close()
		return openError(err)
	}
	return nil
}

func openError(err error) error {
	if errors.Is(err, ErrLocked) {
		return ErrLocked
	}
	return fmt.Errorf("optout: the log can't be opened: %w", err)
}

// openNamed opens and locks the file at path. While it waits for the lock, a compaction may replace
// the file, and writes to the old one would be lost, so it checks that the locked file is still the
// one at path.
func openNamed(path string, flag int) (*os.File, error) {
	for {
		file, err := openLocked(path, flag)
		if err != nil {
			return nil, err
		}
		same, err := isAt(file, path)
		if same {
			return file, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

// isAt reports whether path still refers to an open file.
func isAt(file *os.File, path string) (bool, error) {
	open, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(open, named), err
}

// createLog creates an empty log atomically, unless one has been created in the meantime.
func createLog(path string) error {
	for _, other := range []string{figurePath(path), snapshotPath(path)} {
		if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: it is missing, but %s is there: %s", ErrDamaged, filepath.Base(other), restoreIt)
		}
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(header{logVersion, newID()}.cell())
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	reached()
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		if err := os.Rename(file.Name(), path); err != nil { // some file systems have no links
			return err
		}
	}
	reached()
	return atomicfile.SyncDir(filepath.Dir(path))
}

// restoreIt is advice for errors about damage.
const restoreIt = "restore the log and its file .end together from a backup, or remove what is left of the old one if there was none"

// openWith finds the end of the log and repairs it: all acknowledged cells must be there, and
// intact ones after them are kept.
func (b *File) openWith(file *os.File) error {
	h, err := readHeader(file)
	if err != nil {
		return err
	}
	b.figure.file, err = openFigure(b.path)
	if errors.Is(err, os.ErrNotExist) {
		b.figure.file, err = b.firstFigure(file, h)
	}
	if err != nil {
		return err
	}
	clean := false
	if b.figure.now, clean, err = currentFigure(b.figure.file, h.id); err == nil {
		err = b.openTail(file, h, clean)
	}
	if err != nil {
		b.figure.file.Close()
	}
	return err
}

// openTail checks the end of the log, and makes it durable.
func (b *File) openTail(file *os.File, h header, clean bool) error {
	now, err := findEnd(file, h, b.figure.now)
	if err == nil {
		err = checkSnapshot(b.path, h.id, now.end)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if size := offset(now.end + 1); info.Size() > size {
		if err := file.Truncate(size); err != nil {
			return err
		}
		reached()
		clean = false
	}
	if !clean || now != b.figure.now {
		if err := errors.Join(file.Sync(), b.figure.setBoth(now)); err != nil {
			return err
		}
	}
	b.file, b.log = file, cells{file, h.id}
	tail := make([]byte, cellSize)
	if _, err := file.ReadAt(tail, offset(now.end)); err != nil {
		return err
	}
	b.tail = hashOf(tail)
	b.know(b.figure.now)
	return nil
}

// openToRead opens the log read-only.
func (b *File) openToRead() error {
	file, err := openNamed(b.path, os.O_RDONLY)
	if err != nil {
		return openError(err)
	}
	if isBbolt(file) {
		old, err := openBbolt(file)
		if err == nil {
			_, err = oldFigure(b.path, old)
		}
		if err != nil {
			file.Close()
			return openError(err)
		}
		b.log = old
		b.know(figure{end: old.last, entries: old.entries})
		return nil
	}
	h, err := readHeader(file)
	var now figure
	if err == nil {
		now, err = readOnlyFigure(b.path, h.id)
	}
	if err == nil {
		now, err = findEnd(file, h, now)
	}
	if err == nil {
		err = checkSnapshot(b.path, h.id, now.end)
	}
	if err != nil {
		file.Close()
		return openError(err)
	}
	b.file, b.log = file, cells{file, h.id}
	b.know(now)
	return nil
}

func readOnlyFigure(path string, id uint64) (figure, error) {
	file, err := os.Open(figurePath(path))
	if err != nil {
		return figure{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer file.Close()
	now, _, err := currentFigure(file, id)
	return now, err
}

// readHeader reads the header of a log.
func readHeader(file io.ReaderAt) (header, error) {
	cell := make([]byte, cellSize)
	n, err := file.ReadAt(cell, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return header{}, err
	}
	if n == 0 {
		return header{}, fmt.Errorf("%w: it is empty, which no crash can cause: %s", ErrDamaged, restoreIt)
	}
	h, ok := headerOf(cell)
	if !ok || n < cellSize {
		return header{}, fmt.Errorf("%w: its start, at byte 0, isn't that of a log", ErrDamaged)
	}
	if h.version > logVersion {
		return header{}, ErrVersion
	}
	return h, nil
}

// firstFigure creates the figure of a log that has just been created. A log that has lost its
// figure doesn't qualify: it may have lost its end as well.
func (b *File) firstFigure(file *os.File, h header) (*os.File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(snapshotPath(b.path)); info.Size() != cellSize || !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: its %s, which records where it must end, is missing", ErrDamaged, figureName)
	}
	if err := createFigure(b.path, figure{id: h.id}); err != nil {
		return nil, err
	}
	return openFigure(b.path)
}

// currentFigure returns the figure of the log with this id, and reports whether both slots are
// intact and belong to that log.
func currentFigure(file io.ReaderAt, id uint64) (now figure, clean bool, err error) {
	found, damaged, err := readFigures(file)
	if err != nil {
		return figure{}, false, err
	}
	if len(found) == 0 {
		return figure{}, false, fmt.Errorf("%w: its %s, which records where it must end, is damaged", ErrDamaged, figureName)
	}
	now, err = pick(found, id)
	return now, damaged == 0 && found[0].id == id && found[1].id == id, err
}

// findEnd returns the figure updated to what is in the log: the cells up to the recorded end must
// be intact, of which the last ones are checked; intact ones after it were about to be
// acknowledged, and count as well.
func findEnd(file io.ReaderAt, h header, now figure) (figure, error) {
	if err := checkTail(file, h.id, now.end); err != nil {
		return figure{}, fmt.Errorf("%w; %d were acknowledged", err, now.end)
	}
	cell := make([]byte, cellSize)
	r := reader{id: h.id}
	for number := now.end + 1; ; number++ {
		if _, err := file.ReadAt(cell, offset(number)); err != nil {
			return now, nil
		}
		complete, err := r.next(number, cell)
		if err != nil {
			return now, nil
		}
		if complete {
			now.end = number
			if r.record.kind == kindEntry {
				now.entries++
			}
		}
	}
}

// checkTail checks the last cells up to end.
func checkTail(file io.ReaderAt, id, end uint64) error {
	first := max(end, tailChecked) - tailChecked + 1
	tail := make([]byte, (end+1-first)*cellSize)
	n, err := file.ReadAt(tail, offset(first))
	for number := first; number <= end; number++ {
		at := int(number-first) * cellSize
		if at+cellSize > n {
			return damage{number, missing(err)}
		}
		if !intact(id, number, tail[at:at+cellSize]) {
			return damage{number, errCell}
		}
	}
	return nil
}

// missing turns the error of a read that reached the end of the file into errMissing.
func missing(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errMissing
	}
	return err
}

// checkUnchanged checks that the log's files are still those that were opened, and that the log
// ends as it must: a file that was copied over it has the same name and inode.
func (b *File) checkUnchanged() error {
	cell := make([]byte, cellSize)
	_, err := b.file.ReadAt(cell, offset(b.figure.now.end))
	if err == nil && hashOf(cell) == b.tail {
		return b.checkNames()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	b.state.set(ErrReplaced)
	return ErrReplaced
}

// checkNames checks that the paths of the log's files still refer to the open files.
func (b *File) checkNames() error {
	log, err := isAt(b.file, b.path)
	if err != nil {
		return err
	}
	end, err := isAt(b.figure.file, figurePath(b.path))
	if err != nil {
		return err
	}
	if !log || !end {
		b.state.set(ErrReplaced)
		return ErrReplaced
	}
	return nil
}

// onState implements stateReporter.
func (b *File) onState(f func(error)) { b.state.tell(f) }

// checkState implements stateReporter.
func (b *File) checkState() error {
	select {
	case <-b.ready:
		if b.openErr == nil && !b.readOnly {
			_ = b.checkNames() // a permanent fault is recorded in the state
		}
	default:
	}
	return b.state.get()
}
