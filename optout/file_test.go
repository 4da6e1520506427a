package optout_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

func openFile(t *testing.T, path string) *optout.File {
	t.Helper()
	log, err := optout.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// TestFileReplacedWhileWaiting: whoever waits for a file that is then replaced, as by a compaction,
// gets the new one.
func TestFileReplacedWhileWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "optouts.db")
	before := openFile(t, path)
	opened := make(chan *optout.File, 1)
	go func() {
		log, err := optout.OpenFile(path)
		if err != nil {
			t.Error(err)
		}
		opened <- log
	}()
	time.Sleep(200 * time.Millisecond) // until it waits for the lock
	replacement := openFile(t, path+".new")
	if err := errors.Join(replacement.Close(), os.Rename(path+".new.end", path+".end"), os.Rename(path+".new", path), before.Close()); err != nil {
		t.Fatal(err)
	}
	log := <-opened
	if log == nil {
		t.FailNow()
	}
	if err := errors.Join(log.Append(context.Background(), optout.Entry{UID: numbered(1), SinceMs: 1000}), log.Close()); err != nil {
		t.Fatal(err)
	}
	log = openFile(t, path)
	defer log.Close()
	n := 0
	if err := log.Replay(context.Background(), 0, func(uint64, optout.Entry) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d entries: %v", n, err)
	}
}
