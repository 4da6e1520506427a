//go:build go1.25

package keyset_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/disktest"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestCacheOnABadDisk: a file system that has no room left, or is read-only.
func TestCacheOnABadDisk(t *testing.T) { disktest.InProcesses(t, "TestSmallDisk") }

// disk is a disk that holds only small files, until it is freed.
type disk struct {
	dir      string
	full     error // the error of a large write
	free     func() error
	readOnly func(bool) error // nil where that isn't possible
}

// newDisk mounts 256 KB, or limits files to 64 KB.
func newDisk(t *testing.T, dir string) disk {
	t.Helper()
	if disktest.Mount(t, dir, "256k") {
		remount := func(flags uintptr, size string) error {
			return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, size)
		}
		return disk{
			dir: dir, full: syscall.ENOSPC,
			free: func() error { return remount(0, "size=8m") },
			readOnly: func(is bool) error {
				if is {
					return remount(syscall.MS_RDONLY, "")
				}
				return remount(0, "")
			},
		}
	}
	return disk{dir: dir, full: syscall.EFBIG, free: disktest.LimitFiles(t, 64<<10)}
}

// TestSmallDisk runs in a process of its own: keys are refreshed whatever the disk does, the last
// complete file stays unchanged, no other file is left, one line is logged, and once the disk works
// again the file is replaced.
func TestSmallDisk(t *testing.T) {
	dir := disktest.Directory()
	if dir == "" {
		return // TestCacheOnABadDisk starts it
	}
	d := newDisk(t, dir)
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(d.dir)
		small := keysUntil(7, time.Now().Add(1000*time.Hour), "")
		fill(t, c, small)
		// Padded with spaces, which JSON allows, to 300 KB, with another key.
		large := keysUntil(8, time.Now().Add(1000*time.Hour), strings.Repeat(" ", 300<<10))
		faultyDisk(t, c, large, d.full, d.free)
		if d.readOnly == nil {
			return
		}
		fill(t, c, small)
		if err := d.readOnly(true); err != nil {
			t.Fatal(err)
		}
		faultyDisk(t, c, keysUntil(8, time.Now().Add(1000*time.Hour), ""), syscall.EROFS, func() error { return d.readOnly(false) })
	})
}

// faultyDisk refreshes from key 7, which is in the file, to an answer with key 8, which can't be
// written until mend is called.
func faultyDisk(t *testing.T, c keyset.Cache, answer string, want error, mend func() error) {
	t.Helper()
	before, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	log := new(lines)
	s := &source{err: errDown}
	r := start(t, s.fetch, keyset.WithCache(c), keyset.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	if held(r) != "7" {
		t.Fatalf("%v: no keys from the file: %v, %+v", want, r, r.Stats())
	}
	s.set(answer, nil)
	time.Sleep(10 * time.Hour)
	stats := r.Stats()
	if held(r) != "8" || stats.Refreshes < 8 || stats.CacheWrites != 0 || stats.CacheFailures != stats.Refreshes {
		t.Errorf("%v: %v, %+v", want, r, stats)
	}
	if !errors.Is(stats.CacheError, keyset.ErrCache) || !errors.Is(stats.CacheError, want) {
		t.Errorf("want %v: %v", want, stats.CacheError)
	}
	if n := log.with("the cache file"); n != 2 { // that it was read, and that it can't be written
		t.Errorf("%v: %d lines", want, n)
	}
	after, err := os.ReadFile(c.Path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("%v: the file of %d bytes is one of %d bytes, %v", want, len(before), len(after), err)
	}
	if left, err := os.ReadDir(filepath.Dir(c.Path)); err != nil || len(left) != 1 {
		t.Errorf("%v: left in the directory: %v, %v", want, left, err)
	}
	if again := start(t, hang, keyset.WithCache(c)); held(again) != "7" {
		t.Errorf("%v: a start finds %v", want, again)
	}
	if err := mend(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(70 * time.Minute)
	if stats = r.Stats(); stats.CacheWrites == 0 || stats.CacheError != nil {
		t.Errorf("%v, mended: %+v", want, stats)
	}
	r.Close()
	if again := start(t, hang, keyset.WithCache(c)); held(again) != "8" {
		t.Errorf("%v, mended: a start finds %v", want, again)
	}
}
