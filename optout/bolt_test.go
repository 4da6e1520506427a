package optout_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

func openBolt(t *testing.T, path string) *optout.Bolt {
	t.Helper()
	log, err := optout.OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// TestFileReplacedWhileWaiting: who waits for a file that is put away in favour of another one, as a compaction does, gets the other one.
func TestFileReplacedWhileWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "optouts.db")
	before := openBolt(t, path)
	opened := make(chan *optout.Bolt, 1)
	go func() {
		log, err := optout.OpenBolt(path)
		if err != nil {
			t.Error(err)
		}
		opened <- log
	}()
	time.Sleep(200 * time.Millisecond) // it waits for the lock
	replacement := openBolt(t, path+".new")
	if err := errors.Join(replacement.Close(), os.Rename(path+".new", path), before.Close()); err != nil {
		t.Fatal(err)
	}
	log := <-opened
	if log == nil {
		t.FailNow()
	}
	if err := errors.Join(log.Append(t.Context(), optout.Entry{UID: numbered(1), SinceMs: 1000}), log.Close()); err != nil {
		t.Fatal(err)
	}
	log = openBolt(t, path)
	defer log.Close()
	n := 0
	if err := log.Replay(t.Context(), 0, func(uint64, optout.Entry) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d entries: %v", n, err)
	}
}

// TestDamagedPages: a file whose pages were overwritten is an error, not the end of the process, and nobody is said not to have opted
// out.
func TestDamagedPages(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "optouts.db")
	log := openBolt(t, whole)
	for i := range 200 {
		if err := log.Append(t.Context(), optout.Entry{UID: numbered(i), SinceMs: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	log.Close()
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for _, filler := range []byte{0, 0xFF, 0x5A} {
		damaged := filepath.Join(t.TempDir(), "optouts.db")
		after := bytes.Repeat([]byte{filler}, len(content)-2*page)
		if err := os.WriteFile(damaged, append(bytes.Clone(content[:2*page]), after...), 0o600); err != nil {
			t.Fatal(err)
		}
		log, err := optout.OpenBolt(damaged)
		if err != nil {
			continue
		}
		store := optout.Open(log)
		if store.WaitSynced(t.Context()) == nil {
			t.Errorf("%#x: it is synced", filler)
		}
		store.Close()
	}
}
