//go:build go1.25

package keyset_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

func cacheIn(dir string) keyset.Cache {
	return keyset.Cache{Path: filepath.Join(dir, "keys"), Secret: bytes.Repeat([]byte("s3cr"), 8), Binding: "https://operator\x00api-key"}
}

// fill lets a Refresher get this answer and write the cache file.
func fill(t *testing.T, c keyset.Cache, answer string) {
	t.Helper()
	s := &source{answer: answer}
	r := start(t, s.fetch, keyset.WithCache(c))
	synctest.Wait()
	if stats := r.Stats(); stats.CacheWrites != 1 || stats.CacheError != nil {
		t.Fatalf("not written: %+v", stats)
	}
	r.Close()
}

func hang(ctx context.Context) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestStartFromCache: the cached keys are available when NewRefresher returns, and the operator's
// replace them.
func TestStartFromCache(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		saved := time.Now()
		fill(t, c, keysUntil(7, saved.Add(10*time.Hour), ""))
		time.Sleep(2 * time.Hour)

		s := &source{err: errDown}
		r := start(t, s.fetch, keyset.WithCache(c))
		if held(r) != "7" || !r.Ready() {
			t.Fatalf("no keys at once: %v, %+v", r, r.Stats())
		}
		if err := r.WaitReady(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		stats := r.Stats()
		if !stats.FromCache || stats.Age != 2*time.Hour || !stats.FetchedAt.Equal(saved) || stats.Keys != 1 || stats.Refreshes != 0 || stats.CacheFailures != 0 {
			t.Errorf("stats: %+v", stats)
		}
		if !errors.Is(r.LastError(), errDown) || !r.LastSuccess().IsZero() {
			t.Errorf("%v, %v", r.LastError(), r.LastSuccess())
		}

		s.set(keysUntil(8, time.Now().Add(10*time.Hour), ""), nil)
		time.Sleep(5 * time.Second)
		if stats = r.Stats(); held(r) != "8" || stats.FromCache || stats.CacheWrites != 1 || stats.Age > 5*time.Second {
			t.Errorf("%v, stats: %+v", r, stats)
		}
		r.Close()
		if again := start(t, hang, keyset.WithCache(c)); held(again) != "8" {
			t.Errorf("the file has %v", again)
		}
	})
}

func TestNoCacheFileYet(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := start(t, hang, keyset.WithCache(cacheIn(dir)))
		if stats := r.Stats(); stats != (keyset.Stats{}) {
			t.Errorf("stats: %+v", stats)
		}
	})
}

func TestCacheFile(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		for range 2 { // the second replaces the first
			fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
		}
		file, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, banned := range []string{secretA, secretA[:8], "keys\"", "operator", string(c.Secret[:8])} {
			if bytes.Contains(file, []byte(banned)) {
				t.Errorf("the file contains %q", banned)
			}
		}
		if ms := int64(binary.BigEndian.Uint64(file[9:])); string(file[:9]) != "uid2keys\x01" || ms != time.Now().UnixMilli() {
			t.Errorf("header %q", file[:17])
		}
		info, err := os.Stat(c.Path)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("files: %v, %v", entries, err)
		}
	})
}

// TestCacheRefused: a file that is foreign, damaged or useless is counted, not used, and does no
// harm.
func TestCacheRefused(t *testing.T) {
	flip := func(at int) func(t *testing.T, c *keyset.Cache) {
		return func(t *testing.T, c *keyset.Cache) {
			rewrite(t, c.Path, func(file []byte) []byte {
				file[(at+len(file))%len(file)] ^= 1
				return file
			})
		}
	}
	cut := func(n int) func(t *testing.T, c *keyset.Cache) {
		return func(t *testing.T, c *keyset.Cache) {
			rewrite(t, c.Path, func(file []byte) []byte { return file[:n] })
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, c *keyset.Cache)
		opt   keyset.Option
		wait  time.Duration
		cause error
		says  string // in the error
	}{
		"other secret":      {says: "other credentials", spoil: func(_ *testing.T, c *keyset.Cache) { c.Secret = bytes.Repeat([]byte("x"), 32) }},
		"other binding":     {says: "other credentials", spoil: func(_ *testing.T, c *keyset.Cache) { c.Binding += "2" }},
		"magic changed":     {says: "not a cache file", spoil: flip(0)},
		"version changed":   {says: "format version 0", spoil: flip(8)},
		"time changed":      {says: "damaged", spoil: flip(15)},
		"IV changed":        {spoil: flip(20)},
		"answer changed":    {spoil: flip(60)},
		"tag changed":       {spoil: flip(-1)},
		"empty":             {says: "cut off", spoil: cut(0)},
		"cut in the header": {spoil: cut(12)},
		"cut in the tag":    {spoil: cut(44)},
		"cut in the answer": {spoil: cut(100)},
		"longer":            {spoil: func(t *testing.T, c *keyset.Cache) { rewrite(t, c.Path, func(f []byte) []byte { return append(f, 0) }) }},
		"too large":         {spoil: func(t *testing.T, c *keyset.Cache) { os.Truncate(c.Path, 1<<27) }},
		"all expired":       {wait: 10 * time.Hour, cause: keyset.ErrExpired},
		"other scope":       {opt: keyset.WithScope(codec.ScopeEUID), cause: keyset.ErrScope},
		"a directory":       {says: "not a regular file", spoil: func(t *testing.T, c *keyset.Cache) { c.Path = filepath.Dir(c.Path) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				cache := cacheIn(dir)
				fill(t, cache, keysUntil(7, time.Now().Add(10*time.Hour), ""))
				if c.spoil != nil {
					c.spoil(t, &cache)
				}
				time.Sleep(c.wait)
				opts := []keyset.Option{keyset.WithCache(cache)}
				log := new(lines)
				opts = append(opts, keyset.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
				if c.opt != nil {
					opts = append(opts, c.opt)
				}
				s := &source{answer: keysUntil(8, time.Now().Add(10*time.Hour), `"identity_scope":"`+map[bool]string{true: "EUID", false: "UID2"}[c.opt != nil]+`",`)}
				r := start(t, func(ctx context.Context) ([]byte, error) {
					time.Sleep(time.Second)
					return s.fetch(ctx)
				}, opts...)
				if held(r) != "" || r.Ready() {
					t.Fatalf("taken: %v", r)
				}
				stats := r.Stats()
				if stats.CacheFailures != 1 || !errors.Is(stats.CacheError, keyset.ErrCache) || c.cause != nil && !errors.Is(stats.CacheError, c.cause) ||
					!strings.Contains(stats.CacheError.Error(), c.says) {
					t.Errorf("stats: %+v", stats)
				}
				if log.n() != 1 {
					t.Errorf("logged %q", log.text)
				}
				time.Sleep(2 * time.Second)
				if held(r) != "8" || r.LastError() != nil {
					t.Errorf("the refresh didn't come through: %v, %v", r, r.LastError())
				}
			})
		})
	}
}

// TestShortestSecret: 16 bytes are enough.
func TestShortestSecret(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		c.Secret = c.Secret[:16]
		fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
		if r := start(t, hang, keyset.WithCache(c)); held(r) != "7" {
			t.Errorf("%v, %+v", r, r.Stats())
		}
	})
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(file), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCacheUnwritable: refreshing goes on, one line is logged, and writing resumes once it is
// possible.
func TestCacheUnwritable(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(filepath.Join(dir, "later"))
		log := new(lines)
		s := &source{answer: keysUntil(7, time.Now().Add(1000*time.Hour), "")}
		r := start(t, s.fetch, keyset.WithCache(c), keyset.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
		time.Sleep(10 * time.Hour)
		stats := r.Stats()
		if stats.Refreshes < 8 || stats.CacheFailures != stats.Refreshes || !errors.Is(stats.CacheError, keyset.ErrCache) || !errors.Is(stats.CacheError, fs.ErrNotExist) {
			t.Errorf("stats: %+v", stats)
		}
		if held(r) != "7" || r.LastError() != nil || log.n() != 1 {
			t.Errorf("%v, %v, logged %q", r, r.LastError(), log.text)
		}
		if err := os.Mkdir(filepath.Dir(c.Path), 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(70 * time.Minute)
		if stats = r.Stats(); stats.CacheWrites == 0 || stats.CacheError != nil {
			t.Errorf("stats: %+v", stats)
		}
	})
}

// TestRefusedAnswersAreNotCached: an answer that isn't used isn't written either.
func TestRefusedAnswersAreNotCached(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		s := &source{answer: keysUntil(7, time.Now().Add(10*time.Hour), "")}
		r := start(t, s.fetch, keyset.WithCache(c))
		synctest.Wait()
		s.set(bodyJSON(""), nil)
		time.Sleep(2 * time.Hour)
		r.Close()
		if again := start(t, hang, keyset.WithCache(c)); held(again) != "7" {
			t.Errorf("the file has %v", again)
		}
	})
}

// TestCacheOfTheFuture: after the clock was set back, the age of the keys is 0 and not negative.
func TestCacheOfTheFuture(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
		past := time.Now().Add(-time.Hour)
		r := start(t, hang, keyset.WithCache(c), keyset.WithNow(func() time.Time { return past }))
		if held(r) != "7" || r.Stats().Age != 0 {
			t.Errorf("%v, %+v", r, r.Stats())
		}
	})
}

func TestCacheRedacts(t *testing.T) {
	dir := t.TempDir()
	c := cacheIn(dir)
	r := start(t, hang, keyset.WithCache(c))
	for _, v := range []any{c, &c, []keyset.Cache{c}, struct{ C keyset.Cache }{c}, r} {
		for how, text := range everyWay(t, v) {
			for _, banned := range []string{"s3cr", "api-key", "115 51 99", "73336372", "0x73", "czNjc"} {
				if strings.Contains(text, banned) {
					t.Errorf("%T, %s: %s", v, how, text)
				}
			}
		}
	}
	for how, text := range everyWay(t, c) {
		if !strings.Contains(text, "[keyset cache]") {
			t.Errorf("%s: %s", how, text)
		}
	}
	if text := fmt.Sprintf("%v %x", r, r); text != "[refresher of [keyset of 0 unknown keys]] [refresher of [keyset of 0 unknown keys]]" {
		t.Error(text)
	}
}
