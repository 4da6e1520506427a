//go:build go1.25

package keyset_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// forbidden, in the environment, is the directory of TestForbidden in its own process.
const forbidden = "KEYSET_TEST_FORBIDDEN"

// TestWithoutPermission runs TestForbidden in a process that drops root's rights, since root may do
// everything.
func TestWithoutPermission(t *testing.T) {
	c := exec.Command(os.Args[0], "-test.run=^TestForbidden$", "-test.v")
	c.Env = append(os.Environ(), forbidden+"="+t.TempDir())
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestForbidden runs in a process of its own.
func TestForbidden(t *testing.T) {
	dir := os.Getenv(forbidden)
	if dir == "" {
		return // TestWithoutPermission starts it
	}
	t.Chdir(dir) // the path to it may be accessible to root only
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := errors.Join(os.Chown(".", nobody, nobody), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			t.Fatal(err)
		}
	}
	chmod := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(".")
		answer := func(id uint32) string { return keysUntil(id, time.Now().Add(1000*time.Hour), "") }
		fill(t, c, answer(7))

		chmod(c.Path, 0) // not even to read
		r := start(t, hang, keyset.WithCache(c))
		if stats := r.Stats(); held(r) != "" || stats.CacheFailures != 1 || !errors.Is(stats.CacheError, syscall.EACCES) {
			t.Errorf("a file that can't be read: %v, %+v", r, stats)
		}
		chmod(c.Path, 0o400)
		fill(t, c, answer(8)) // a read-only file is replaced

		refresh := func(what string, inFile string) {
			t.Helper()
			r := start(t, (&source{answer: answer(9)}).fetch, keyset.WithCache(c))
			synctest.Wait()
			if stats := r.Stats(); held(r) != "9" || stats.CacheFailures != 1 || stats.CacheWrites != 0 || !errors.Is(stats.CacheError, syscall.EACCES) {
				t.Errorf("%s: %v, %+v", what, r, stats)
			}
			if again := start(t, hang, keyset.WithCache(c)); held(again) != inFile {
				t.Errorf("%s: the file has %v", what, again)
			}
			r.Close()
		}
		chmod(".", 0o500)
		refresh("a directory that can't be written", "8")
		chmod(".", 0o300) // a power failure might bring the old file back, so this is a failure
		refresh("a directory that can't be synced", "9")
		chmod(".", 0o700)
		if left := names(t, "."); left != c.Path {
			t.Errorf("left in the directory: %q", left)
		}
	})
}

// TestNothingStaysOpen: no file or directory stays open, whether a start or a write succeeds or
// fails.
func TestNothingStaysOpen(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		for range 3 {
			fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
			start(t, hang, keyset.WithCache(c)).Close()
		}
		c.Path = filepath.Join(dir, "directory")
		if err := os.Mkdir(c.Path, 0o700); err != nil {
			t.Fatal(err)
		}
		start(t, (&source{answer: keysUntil(7, time.Now().Add(10*time.Hour), "")}).fetch, keyset.WithCache(c))
		synctest.Wait()
	})
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if file, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(file, dir) {
			t.Errorf("%s is open", file)
		}
	}
}
