//go:build (darwin || linux) && go1.25

package keyset_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestUnusablePaths: whatever is in the place of the file, NewRefresher returns, keys are
// refreshed, the failures to read and to write are counted, and nothing is left in the directory.
func TestUnusablePaths(t *testing.T) {
	for name, c := range map[string]struct {
		make        func(path string) (string, error) // puts something at path, and may return another path
		read, write error                             // nil: none
	}{
		"nothing": {make: func(path string) (string, error) { return path, nil }},
		"a link to nothing": {make: func(path string) (string, error) {
			return path, os.Symlink(path+"-elsewhere", path)
		}},
		"a link to itself": {make: func(path string) (string, error) {
			return path, os.Symlink(path, path)
		}, read: syscall.ELOOP},
		"a pipe": {make: func(path string) (string, error) {
			return path, syscall.Mkfifo(path, 0o600)
		}, read: keyset.ErrCache},
		"a directory": {make: func(path string) (string, error) {
			return path, os.Mkdir(path, 0o700)
		}, read: keyset.ErrCache, write: fs.ErrExist},
		"a file for the directory": {make: func(path string) (string, error) {
			return filepath.Join(path, "keys"), os.WriteFile(path, nil, 0o600)
		}, read: syscall.ENOTDIR, write: syscall.ENOTDIR},
		"no directory": {make: func(path string) (string, error) {
			return filepath.Join(path, "keys"), nil
		}, write: fs.ErrNotExist},
		"a name that is too long": {make: func(path string) (string, error) {
			return path + strings.Repeat("x", 300), nil
		}, read: syscall.ENAMETOOLONG, write: syscall.ENAMETOOLONG},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				cache := cacheIn(dir)
				var err error
				if cache.Path, err = c.make(cache.Path); err != nil {
					t.Fatal(err)
				}
				before := names(t, dir)
				s := &source{answer: keysUntil(8, time.Now().Add(10*time.Hour), "")}
				log := new(lines)
				r := start(t, func(ctx context.Context) ([]byte, error) {
					time.Sleep(time.Second)
					return s.fetch(ctx)
				}, keyset.WithCache(cache), keyset.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
				stats := r.Stats()
				if !errors.Is(stats.CacheError, c.read) || (c.read == nil) != (stats.CacheError == nil) || (c.read == nil) != (stats.CacheFailures == 0) {
					t.Errorf("at the start: %+v, want %v", stats, c.read)
				}
				failed := stats.CacheFailures
				time.Sleep(2 * time.Second)
				if stats = r.Stats(); held(r) != "8" || r.LastError() != nil {
					t.Errorf("the keys aren't refreshed: %v, %v", r, r.LastError())
				}
				if c.write == nil {
					if stats.CacheError != nil || stats.CacheFailures != failed || stats.CacheWrites != 1 {
						t.Errorf("writing: %+v", stats)
					}
					if again := start(t, hang, keyset.WithCache(cache)); held(again) != "8" {
						t.Errorf("the file has %v", again)
					}
					return
				}
				if !errors.Is(stats.CacheError, keyset.ErrCache) || !errors.Is(stats.CacheError, c.write) || stats.CacheFailures != failed+1 || stats.CacheWrites != 0 {
					t.Errorf("writing: %+v, want %v", stats, c.write)
				}
				time.Sleep(5 * time.Hour)
				if after := names(t, dir); after != before {
					t.Errorf("the directory had %q and has %q", before, after)
				}
				if n := log.with("the cache file"); n != 1 && c.read == nil || n != 2 && c.read != nil {
					t.Errorf("%d lines: %q", n, log.text) // one for each kind of failure, however often it occurs
				}
			})
		})
	}
}

// names lists a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}
