package optout

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// newLogFile opens a new log with entries 1 to n.
func newLogFile(t *testing.T, n uint64) *File {
	t.Helper()
	b, err := OpenFile(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.AppendAll(context.Background(), entriesOf(t, 1, n)); err != nil {
		t.Fatal(err)
	}
	return b
}

func entriesOf(t *testing.T, from, to uint64) (all []Entry) {
	for n := from; n <= to; n++ {
		all = append(all, Entry{*alike(t, n, 32), int64(n), int64(n)})
	}
	return all
}

// holds checks that a log has entries 1 to n, and that its figure agrees.
func holds(t *testing.T, b *File, n uint64) {
	t.Helper()
	var numbers uint64
	if err := b.Replay(context.Background(), 0, func(number uint64, e Entry) error {
		if numbers++; e != entriesOf(t, numbers, numbers)[0] || number != numbers {
			t.Errorf("number %d is %d", numbers, number)
		}
		return nil
	}); err != nil || numbers != n {
		t.Errorf("%d entries, want %d; %v", numbers, n, err)
	}
	if known := b.known.Load(); known.end != n || known.entries != n || b.end.Load() != n {
		t.Errorf("it says that it has %d entries and ends with %d, or %d; want %d", known.entries, known.end, b.end.Load(), n)
	}
}

// TestNotWritten: what the disk doesn't accept isn't acknowledged, and takes no number; once the
// disk works again, the log continues.
func TestNotWritten(t *testing.T) {
	for name, c := range map[string]struct {
		file func(*File) **os.File
		path func(string) string
	}{
		"the log": {func(b *File) **os.File { return &b.file }, func(path string) string { return path }},
		"the end": {func(b *File) **os.File { return &b.figure.file }, figurePath},
	} {
		b := newLogFile(t, 5)
		whole := *c.file(b)
		refuses, err := os.Open(c.path(b.path)) // read-only
		if err != nil {
			t.Fatal(err)
		}
		defer refuses.Close()
		*c.file(b) = refuses
		if err := b.Append(context.Background(), entriesOf(t, 6, 6)[0]); err == nil {
			t.Errorf("%s: acknowledged", name)
		}
		holds(t, b, 5)
		*c.file(b) = whole
		if err := b.AppendAll(context.Background(), entriesOf(t, 6, 8)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		holds(t, b, 8)
		if n := b.commitLatency().Count; n != 3 {
			t.Errorf("%s: %d commits", name, n)
		}
	}
}

// TestReopened: a reopened log has its old end and number of entries, and continues there.
func TestReopened(t *testing.T) {
	b := newLogFile(t, 5)
	if err := b.Quarantine(context.Background(), []byte("value"), 1); err != nil {
		t.Fatal(err)
	}
	if known := b.known.Load(); known.end != 6 || known.entries != 5 {
		t.Errorf("%+v", known)
	}
	b.Close()
	for _, open := range []func(string) (*File, error){OpenReadOnly, func(path string) (*File, error) { return OpenFile(path) }} {
		again, err := open(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if known := again.known.Load(); known.end != 6 || known.entries != 5 {
			t.Errorf("%+v", known)
		}
		if last, err := again.last(); last != 6 || err != nil {
			t.Errorf("%d, %v", last, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReadOnlyTakesNothing: a log that is open read-only refuses writes with ErrReadOnly.
func TestReadOnlyTakesNothing(t *testing.T) {
	b := newLogFile(t, 5)
	b.Close()
	b, err := OpenReadOnly(b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for what, err := range map[string]error{
		"append": b.Append(context.Background(), Entry{}), "quarantine": b.Quarantine(context.Background(), nil, 1), "place": b.setPlace(context.Background(), place{}, 0),
		"snapshot": b.saveSnapshot(context.Background(), NewIndex(), 5),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := os.Stat(snapshotPath(b.path)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a snapshot was written")
	}
	holds(t, b, 5)
}

// TestEndOfALog: intact cells after the recorded end were about to be acknowledged, and are kept;
// damaged or incomplete ones are cut off.
func TestEndOfALog(t *testing.T) {
	value := appendValue(nil, make([]byte, 100), 1) // of 2 cells
	for name, c := range map[string]struct {
		behind       func(id uint64) []byte
		end, entries uint64
	}{
		"nothing":       {func(uint64) []byte { return nil }, 5, 5},
		"an entry":      {func(id uint64) []byte { return cellsBehind(t, id, 1, nil) }, 6, 6},
		"three":         {func(id uint64) []byte { return cellsBehind(t, id, 3, nil) }, 8, 8},
		"a value":       {func(id uint64) []byte { return cellsBehind(t, id, 1, value) }, 8, 6},
		"half a value":  {func(id uint64) []byte { return cellsBehind(t, id, 1, value[:cellSize]) }, 6, 6},
		"half an entry": {func(id uint64) []byte { return cellsBehind(t, id, 2, nil)[:cellSize+10] }, 6, 6},
		"zeros":         {func(uint64) []byte { return make([]byte, 1000) }, 5, 5},
		"an entry behind zeros": {func(id uint64) []byte {
			return append(make([]byte, cellSize), cellsBehind(t, id, 2, nil)[cellSize:]...)
		}, 5, 5},
		"of another log": {func(id uint64) []byte { return cellsBehind(t, id+1, 2, nil) }, 5, 5},
	} {
		b := newLogFile(t, 5)
		behind := c.behind(b.known.Load().id)
		if _, err := b.file.WriteAt(behind, offset(6)); err != nil {
			t.Fatal(err)
		}
		b.Close()
		read, err := OpenReadOnly(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if known := read.known.Load(); known.end != c.end || known.entries != c.entries {
			t.Errorf("%s: read only: %+v", name, known)
		}
		read.Close()
		before, err := os.Stat(b.path)
		if err != nil || before.Size() != offset(6)+int64(len(behind)) {
			t.Errorf("%s: opening read-only wrote: %d bytes", name, before.Size())
		}
		b, err = OpenFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if known := b.known.Load(); known.end != c.end || known.entries != c.entries {
			t.Errorf("%s: %+v", name, known)
		}
		after, err := os.Stat(b.path)
		if err != nil || after.Size() != offset(c.end+1) {
			t.Errorf("%s: %d bytes", name, after.Size())
		}
		found, damaged, err := readFigures(b.figure.file)
		if err != nil || damaged > 0 || found[0].end != c.end || found[1].entries != c.entries && behind != nil {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if err := b.Append(context.Background(), entriesOf(t, 1, 1)[0]); err != nil || b.end.Load() != c.end+1 {
			t.Errorf("%s: %d, %v", name, b.end.Load(), err)
		}
		b.Close()
	}
}

// cellsBehind returns n entries, and other cells, to follow the five of newLogFile.
func cellsBehind(t *testing.T, id, n uint64, others []byte) (cells []byte) {
	for _, e := range entriesOf(t, 6, 5+n) {
		cells = appendCell(cells, kindEntry, e.append(nil))
	}
	cells = append(cells, others...)
	seal(id, 6, cells)
	return cells
}

// TestTailIsChecked: damage in the last cells is found when a log is opened, even if a snapshot
// covers them; damage further ahead is found when they are read.
func TestTailIsChecked(t *testing.T) {
	const n = tailChecked + 10
	for number, found := range map[uint64]bool{n: true, n - tailChecked + 1: true, n - tailChecked: false, 1: false} {
		b := newLogFile(t, n)
		if _, err := b.file.WriteAt([]byte{0xFF}, offset(number)+30); err != nil {
			t.Fatal(err)
		}
		b.Close()
		for _, open := range []func(string) (*File, error){OpenReadOnly, func(path string) (*File, error) { return OpenFile(path) }} {
			again, err := open(b.path)
			if damaged := errors.Is(err, ErrDamaged); damaged != found || !damaged && err != nil {
				t.Errorf("cell %d: %v", number, err)
			}
			if err != nil {
				continue
			}
			if err := again.scrub(context.Background(), true); !errors.Is(err, ErrDamaged) || !errors.Is(again.checkState(), ErrDamaged) {
				t.Errorf("cell %d, read: %v, %v", number, err, again.checkState())
			}
			again.Close()
		}
	}
}

// TestScrub: what has been read isn't read again, unless everything is requested.
func TestScrub(t *testing.T) {
	b := newLogFile(t, 5)
	if err := b.scrub(context.Background(), false); err != nil || b.verified.Load() != 5 {
		t.Errorf("%v, right up to %d", err, b.verified.Load())
	}
	if _, err := b.file.WriteAt([]byte{0xFF}, offset(3)+30); err != nil {
		t.Fatal(err)
	}
	if err := b.scrub(context.Background(), false); err != nil {
		t.Errorf("read again: %v", err)
	}
	if err := b.scrub(context.Background(), true); !errors.Is(err, ErrDamaged) || b.verified.Load() != 0 {
		t.Errorf("not read again: %v, right up to %d", err, b.verified.Load())
	}
	b.verified.Store(0)
	if err := b.Replay(context.Background(), 3, func(uint64, Entry) error { return nil }); err != nil || b.verified.Load() != 0 {
		t.Errorf("%v, right up to %d although the start wasn't read", err, b.verified.Load())
	}
	b.verified.Store(3)
	if err := b.Replay(context.Background(), 3, func(uint64, Entry) error { return nil }); err != nil || b.verified.Load() != 5 {
		t.Errorf("%v, right up to %d", err, b.verified.Load())
	}
}

// TestReadingEnds: reading a log ends with an error of the callback, with its context, or when the
// log is closed.
func TestReadingEnds(t *testing.T) {
	b := newLogFile(t, 5)
	calls := 0
	if err := b.Replay(context.Background(), 2, func(number uint64, _ Entry) error {
		if calls++; number != 3 {
			t.Errorf("number %d", number)
		}
		return errDown
	}); !errors.Is(err, errDown) || calls != 1 {
		t.Errorf("%v after %d", err, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.Replay(ctx, 0, func(uint64, Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := b.Append(ctx, Entry{UID: *alike(t, 1, 32)}); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.Close()
	if err := b.Replay(context.Background(), 0, func(uint64, Entry) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := b.Append(context.Background(), Entry{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestHashesOfALog: hashes are at its start, and can be read as they were written.
func TestHashesOfALog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := startLog(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		if err := l.addOther(&record{kind: kindHashed, hashed: hashed{77, 100 + n, uint32(n)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(l.addEntry(entriesOf(t, 1, 1)[0]), l.end(), createFigure(newPath(path), l.now), l.file.Close()); err != nil {
		t.Fatal(err)
	}
	if l.now.end != 4 || l.now.entries != 1 {
		t.Errorf("%+v", l.now)
	}
	b, err := OpenFile(newPath(path))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if seed, ok := b.seed(); seed != 77 || !ok {
		t.Errorf("%d, %v", seed, ok)
	}
	next := uint64(0)
	if err := b.eachHash(context.Background(), func(hash uint64, seconds uint32) {
		if hash != 100+next || seconds != uint32(next) {
			t.Errorf("%d since %d", hash, seconds)
		}
		next++
	}); err != nil || next != 3 {
		t.Errorf("%d, %v", next, err)
	}
	s := Open(b)
	defer s.Close()
	if err := s.WaitSynced(context.Background()); err != nil || s.Stats().Users != 4 || !s.index.hasHash(101) || s.index.hasHash(103) || s.index.hasher.seed != 77 {
		t.Errorf("%v, %d users", err, s.Stats().Users)
	}
	without := newLogFile(t, 2)
	if seed, ok := without.seed(); ok {
		t.Errorf("%d of a log without hashes", seed)
	}
	if n, err := without.Hashed(context.Background()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestCutOff: a log that ends too early is reported, with the position; a reader doesn't take that
// for its end.
func TestCutOff(t *testing.T) {
	b := newLogFile(t, 5)
	size := offset(4) + 10
	if err := os.Truncate(b.path, size); err != nil {
		t.Fatal(err)
	}
	var where damage
	entries := 0
	err := b.Replay(context.Background(), 0, func(uint64, Entry) error { entries++; return nil })
	if !errors.Is(err, ErrDamaged) || !errors.Is(err, errMissing) || !errors.As(err, &where) || where.number != 4 || entries > 3 {
		t.Errorf("%v after %d entries", err, entries)
	}
	b.Close()
	for _, open := range []func(string) (*File, error){OpenReadOnly, func(path string) (*File, error) { return OpenFile(path) }} {
		if _, err := open(b.path); !errors.Is(err, ErrDamaged) || !errors.Is(err, errMissing) || !errors.As(err, &where) || where.number != 4 {
			t.Error(err)
		}
	}
	if info, err := os.Stat(b.path); err != nil || info.Size() != size {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
}
