//go:build go1.25

package keyset_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestCacheAgain: a file is written under the credentials of its time, and opens under those alone.
func TestCacheAgain(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first := cacheIn(dir)
		now := first
		rotating := first
		rotating.Again = func() ([]byte, string) { return now.Secret, now.Binding }
		s := &source{answer: keysUntil(7, time.Now().Add(100*time.Hour), "")}
		r := start(t, s.fetch, keyset.WithCache(rotating), keyset.WithInterval(time.Hour))
		synctest.Wait()
		if again := start(t, hang, keyset.WithCache(first)); held(again) != "7" {
			t.Errorf("under the first: %v", again)
		}
		now.Secret, now.Binding = []byte("another secret of the same length"), "another key"
		second := now
		time.Sleep(2 * time.Hour)
		if again := start(t, hang, keyset.WithCache(second)); held(again) != "7" {
			t.Errorf("under the second: %v", again)
		}
		if again := start(t, hang, keyset.WithCache(first)); again.Ready() {
			t.Error("it still opens under the first")
		}
		writes := r.Stats().CacheWrites
		now.Secret = nil
		time.Sleep(2 * time.Hour)
		if stats := r.Stats(); stats.CacheWrites != writes || stats.CacheError == nil {
			t.Errorf("without a secret: %+v", stats)
		}
		if again := start(t, hang, keyset.WithCache(second)); held(again) != "7" {
			t.Errorf("the file was spoilt: %v", again)
		}
	})
}
