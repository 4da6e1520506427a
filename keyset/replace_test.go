package keyset

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// faulty is a file on a disk that fails; no real one can be made to fail at will when it syncs or
// closes.
type faulty struct {
	fail map[string]error
	done []string
}

func (f *faulty) Write(p []byte) (int, error) {
	return len(p), f.do("write")
}
func (f *faulty) Sync() error  { return f.do("sync") }
func (f *faulty) Close() error { return f.do("close") }

func (f *faulty) do(what string) error {
	f.done = append(f.done, what)
	return f.fail[what]
}

// TestWriteAndClose: content counts as written only if it was, is on the disk, and the file closed
// without an error.
func TestWriteAndClose(t *testing.T) {
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
		if err := writeAndClose(f, []byte("content")); err != c.want || !slices.Equal(f.done, c.done) {
			t.Errorf("%+v: %v after %q", c, err, f.done)
		}
	}
}

// TestReplaceFile: if anything goes wrong, the directory is unchanged.
func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"first", "", "third"} {
		if err := replaceFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Fatalf("%q, %v, want %q", got, err, content)
		}
	}
	other := filepath.Join(dir, "directory")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(other, []byte("content")); err == nil {
		t.Error("a directory was replaced")
	}
	if err := replaceFile(filepath.Join(dir, "none", "file"), []byte("content")); err == nil {
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

// TestLargestCacheFile: what is saved can be loaded, and what couldn't be isn't saved.
func TestLargestCacheFile(t *testing.T) {
	c, err := newCacheFile(Cache{Path: filepath.Join(t.TempDir(), "keys"), Secret: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	const most = size - 8 - 1 - 8 - 12 - 16 // magic, version, time, IV and tag
	answer := make([]byte, most+1)
	now := time.UnixMilli(1768478400123)
	if err := c.save(answer[:most], now); err != nil {
		t.Fatal(err)
	}
	if err := c.save(answer, now); !errors.Is(err, ErrCache) || !errors.Is(err, errTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	if got, at, err := c.load(); err != nil || !bytes.Equal(got, answer[:most]) || !at.Equal(now) {
		t.Errorf("%d bytes of %v, %v", len(got), at, err)
	}
	if info, err := os.Stat(c.path); err != nil || info.Size() != size {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Truncate(c.path, size+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.load(); !errors.Is(err, errTooLarge) {
		t.Errorf("a longer file: %v", err)
	}
}

// TestWithoutPath: the name of a file that is another each time doesn't make another error of the
// same.
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
