//go:build go1.25

package keyset_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestDamageAnywhere truncates a cache file at every length, and flips a bit in every byte. No
// damaged file is used, each is counted, and the next start from an intact one works.
func TestDamageAnywhere(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
		whole, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		for at := range whole {
			refused(t, c, whole[:at])
			changed := bytes.Clone(whole)
			changed[at] ^= 1 << (at % 8)
			refused(t, c, changed)
		}
		refused(t, c, append(bytes.Clone(whole), 0))
		refused(t, c, append(bytes.Clone(whole), whole...))

		rewrite(t, c.Path, func([]byte) []byte { return whole })
		if r := start(t, hang, keyset.WithCache(c)); held(r) != "7" || r.Stats().CacheFailures != 0 {
			t.Errorf("the intact file gives %v, %+v", r, r.Stats())
		}
	})
}

// refused starts from a cache file with this content.
func refused(t *testing.T, c keyset.Cache, file []byte) {
	t.Helper()
	rewrite(t, c.Path, func([]byte) []byte { return file })
	r := start(t, hang, keyset.WithCache(c))
	defer r.Close()
	stats := r.Stats()
	if r.Ready() || stats.Keys != 0 || stats.FromCache || stats.CacheFailures != 1 || !errors.Is(stats.CacheError, keyset.ErrCache) {
		t.Fatalf("%d bytes: %v, %+v", len(file), r, stats)
	}
}
