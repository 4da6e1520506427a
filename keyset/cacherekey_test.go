//go:build go1.25

package keyset_test

import (
	"sync/atomic"
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
		var now atomic.Pointer[keyset.Cache]
		now.Store(&first)
		rotating := first
		rotating.Again = func() ([]byte, string) { return now.Load().Secret, now.Load().Binding }
		s := &source{answer: keysUntil(7, time.Now().Add(100*time.Hour), "")}
		r := start(t, s.fetch, keyset.WithCache(rotating), keyset.WithInterval(time.Hour))
		synctest.Wait()
		if again := start(t, hang, keyset.WithCache(first)); held(again) != "7" {
			t.Errorf("under the first: %v", again)
		}
		second := first
		second.Secret, second.Binding = []byte("another secret of the same length"), "another key"
		now.Store(&second)
		time.Sleep(2 * time.Hour)
		if again := start(t, hang, keyset.WithCache(second)); held(again) != "7" {
			t.Errorf("under the second: %v", again)
		}
		if again := start(t, hang, keyset.WithCache(first)); again.Ready() {
			t.Error("it still opens under the first")
		}
		writes := r.Stats().CacheWrites
		none := second
		none.Secret = nil
		now.Store(&none)
		time.Sleep(2 * time.Hour)
		if stats := r.Stats(); stats.CacheWrites != writes || stats.CacheError == nil {
			t.Errorf("without a secret: %+v", stats)
		}
		if again := start(t, hang, keyset.WithCache(second)); held(again) != "7" {
			t.Errorf("the file was spoilt: %v", again)
		}
	})
}
