package optout_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// directory holds the files of a directory, by name.
type directory map[string][]byte

func directoryOf(t *testing.T, dir string) directory {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := make(directory)
	for _, entry := range all {
		d[entry.Name()] = read(t, filepath.Join(dir, entry.Name()))
	}
	return d
}

// stops calls do with a log in a directory, and returns the files before it, at each of its steps
// and after it: what a crash may leave.
func stops(t *testing.T, file string, do func()) (all []directory) {
	t.Helper()
	look := func() { all = append(all, directoryOf(t, filepath.Dir(file))) }
	look()
	restore := optout.OnStep(look)
	do()
	restore()
	look()
	return all
}

// goOn checks that after a crash, a log is found intact, with the users below a number, and that it
// continues to work, twice.
func goOn(t *testing.T, left directory, users int) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range left {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "optouts.db")
	s := open(t, file)
	hasExactly(t, s, users)
	fill(t, s, users, users+10)
	s.Close()
	s = open(t, file)
	hasExactly(t, s, users+10)
	s.Close()
}

// TestStopped: after a crash between any two steps of creating, upgrading or compacting a log, or
// of creating or repairing its figure, the log is intact.
func TestStopped(t *testing.T) {
	filled := func(snapshots bool) func(file string) {
		return func(file string) {
			s := open(t, file)
			fill(t, s, 0, 100)
			fill(t, s, 0, 100)
			if snapshots {
				snapshot(t, s)
			}
			s.Close()
		}
	}
	opened := func(file string) { open(t, file).Close() }
	compacted := func(file string) {
		if _, err := optout.Compact(context.Background(), file); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		before, do   func(file string)
		users, steps int // at least this many
	}{
		"create":                  {func(string) {}, opened, 0, 6},
		"upgrade":                 {func(file string) { writeOld(t, file, 100, nil) }, opened, 100, 9},
		"compact":                 {filled(false), compacted, 100, 7},
		"compact with a snapshot": {filled(true), compacted, 100, 7},
		"open after a torn write": {func(file string) {
			filled(false)(file)
			torn := readFiles(t, file)
			torn.log = append(torn.log, make([]byte, 100)...)
			torn.write(t, file)
		}, opened, 100, 5},
	} {
		file := path(t)
		c.before(file)
		all := stops(t, file, func() { c.do(file) })
		if len(all) < c.steps {
			t.Errorf("%s: %d steps", name, len(all))
		}
		for step, left := range all {
			t.Logf("%s, step %d", name, step)
			goOn(t, left, c.users)
		}
	}
}

// TestAppendStopped: after a crash while entries are appended, the log is intact: the end is never
// recorded before the cells up to it are written.
func TestAppendStopped(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 50)
	for step, left := range stops(t, file, func() {
		for i := range 20 {
			fill(t, s, 50+i, 51+i)
		}
	}) {
		after := path(t)
		for part := range left {
			if err := os.WriteFile(filepath.Join(filepath.Dir(after), part), left[part], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		hasExactly(t, open(t, after), 50+max(0, min(step, 20)))
	}
}

// TestOldInPlaceOfNew: replacing a log by an older one, from before an upgrade or a compaction, is
// noticed.
func TestOldInPlaceOfNew(t *testing.T) {
	upgraded, compacted := path(t), path(t)
	writeOld(t, upgraded, 100, nil)
	before := read(t, upgraded)
	open(t, upgraded).Close()
	state{"": before}.write(t, upgraded)
	refusesOld(t, "an upgraded one", upgraded)

	s := open(t, compacted)
	fill(t, s, 0, 100)
	s.Close()
	before = read(t, compacted)
	if _, err := optout.Compact(context.Background(), compacted); err != nil {
		t.Fatal(err)
	}
	state{"": before}.write(t, compacted)
	refusesOld(t, "a compacted one", compacted)
}

// TestNoLog: a missing log isn't created by opening it read-only, nor if another file shows that
// there was one.
func TestNoLog(t *testing.T) {
	file := path(t)
	if _, err := optout.OpenReadOnly(file); !os.IsNotExist(unwrapped(err)) {
		t.Error(err)
	}
	if _, err := optout.Compact(context.Background(), file); !os.IsNotExist(unwrapped(err)) {
		t.Error(err)
	}
	if left := directoryOf(t, filepath.Dir(file)); len(left) > 0 {
		t.Errorf("made: %v", left)
	}
	s := open(t, file)
	fill(t, s, 0, 10)
	snapshot(t, s)
	s.Close()
	whole := stateOf(t, file)
	for _, left := range []state{{"": whole[""]}, {".end": whole[".end"]}, {".index": whole[".index"]}, {"": nil}, {"": nil, ".index": whole[".index"]}, {"": whole[""], ".index": whole[".index"]}} {
		file := path(t)
		left.write(t, file)
		before := directoryOf(t, filepath.Dir(file))
		for range 2 {
			if _, err := optout.OpenFile(file); !errors.Is(err, optout.ErrDamaged) {
				t.Errorf("of %d files: %v", len(left), err)
			}
		}
		sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
	}
}

// TestReadOnlyFile: a log that may not be written can be read, including what was written last
// before a kill.
func TestReadOnlyFile(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 10)
	snapshot(t, s)
	fill(t, s, 10, 20)
	s.Close()
	for _, part := range parts {
		if err := os.Chmod(file+part, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Dir(file)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	before := directoryOf(t, dir)
	log, err := optout.OpenReadOnly(file)
	if err != nil {
		t.Fatal(err)
	}
	s = optout.Open(log)
	if err := s.WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	hasExactly(t, s, 20)
	if err := s.Record(context.Background(), numbered(20), 1); err == nil || s.OptOut(numbered(20)).State != bidstream.NotOptedOut {
		t.Error("it was recorded")
	}
	s.Close()
	for name, content := range directoryOf(t, dir) {
		if string(before[name]) != string(content) {
			t.Errorf("%s was changed", name)
		}
	}
}

func unwrapped(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at
	}
	return err
}

// TestNewerVersion: a log in a newer format is refused with an explanation, and left unchanged.
func TestNewerVersion(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 10)
	s.Close()
	optout.MakeNewer(t, file)
	before := directoryOf(t, filepath.Dir(file))
	_, reading := optout.OpenReadOnly(file)
	_, writing := optout.OpenFile(file)
	_, verifying := optout.Verify(context.Background(), file)
	_, repairing := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true})
	for _, err := range []error{reading, writing, verifying, repairing} {
		if !errors.Is(err, optout.ErrVersion) {
			t.Error(err)
		}
	}
	sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
}
