package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faulty is a file on a disk that fails; no real one can be made to fail at will when it syncs or
// closes.
type faulty struct {
	fail map[string]error
	done []string
}

func (f *faulty) Sync() error  { return f.do("sync") }
func (f *faulty) Close() error { return f.do("close") }

func (f *faulty) do(what string) error {
	f.done = append(f.done, what)
	return f.fail[what]
}

// TestFinish: content counts as written only if it was, is on the disk, and the file closed without
// an error.
func TestFinish(t *testing.T) {
	write, sync, closing := errors.New("write"), errors.New("sync"), errors.New("close")
	for _, c := range []struct {
		write, sync, close error
		want               error
		done               []string
	}{
		{nil, nil, nil, nil, []string{"write", "sync", "close"}},
		{write, nil, nil, write, []string{"write", "close"}},
		{nil, sync, nil, sync, []string{"write", "sync", "close"}},
		{nil, nil, closing, closing, []string{"write", "sync", "close"}},
		{write, nil, closing, write, []string{"write", "close"}},
		{nil, sync, closing, sync, []string{"write", "sync", "close"}},
	} {
		f := &faulty{fail: map[string]error{"write": c.write, "sync": c.sync, "close": c.close}}
		if err := finish(f, func() error { return f.do("write") }); err != c.want || !slices.Equal(f.done, c.done) {
			t.Errorf("%+v: %v after %q", c, err, f.done)
		}
	}
}

// TestWrite: whatever goes wrong, the directory is as it was.
func TestWrite(t *testing.T) { wholeOrNotAtAll(t, Write) }

// TestSameFailure: a failure that is met again reads the same.
func TestSameFailure(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none", "file"), dir} {
		first, again := Write(path, nil), Write(path, nil)
		if first == nil || again == nil || first.Error() != again.Error() {
			t.Errorf("%v, then %v", first, again)
		}
	}
}

// TestReplace also takes what a crash left.
func TestReplace(t *testing.T) {
	wholeOrNotAtAll(t, func(path string, content []byte) error {
		if string(content) == "third" {
			if err := os.WriteFile(path+".new", []byte("what a crash left, which is longer"), 0o600); err != nil {
				return err
			}
		}
		return Replace(path, func(f *os.File) error {
			_, err := f.Write(content)
			return err
		})
	})
}

// TestUnfilled: what can't be written doesn't take the old one's place, and isn't left.
func TestUnfilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	err := Replace(path, func(f *os.File) error {
		if _, err := f.WriteString("half"); err != nil {
			return err
		}
		return full
	})
	left, _ := os.ReadDir(filepath.Dir(path))
	if got, _ := os.ReadFile(path); err != full || string(got) != "old" || len(left) != 1 {
		t.Errorf("%v, %q, %d files", err, got, len(left))
	}
}

func wholeOrNotAtAll(t *testing.T, write func(path string, content []byte) error) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"first", "", "third"} {
		if err := write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Fatalf("%q, %v, want %q", got, err, content)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info.Mode(), err)
		}
	}
	other := filepath.Join(dir, "directory")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write(other, []byte("content")); err == nil {
		t.Error("a directory was replaced")
	}
	if err := write(filepath.Join(dir, "none", "file"), []byte("content")); err == nil {
		t.Error("no error, and no directory")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "third" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWithoutPath: a file name that differs each time doesn't make the same failure another error.
func TestWithoutPath(t *testing.T) {
	_, read := os.ReadFile(filepath.Join(t.TempDir(), "none"))
	link := os.Rename(filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "new"))
	for _, err := range []error{read, link} {
		got := withoutPath(err)
		if !errors.Is(got, os.ErrNotExist) || strings.Contains(got.Error(), "none") || strings.Contains(got.Error(), "new") {
			t.Errorf("%v of %v", got, err)
		}
	}
	if other := errors.New("other"); withoutPath(other) != other {
		t.Error("an error without a path is another now")
	}
}
