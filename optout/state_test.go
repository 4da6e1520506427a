//go:build go1.25

package optout_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// told records the calls of a log handler.
type told struct {
	mu  sync.Mutex
	all []error
}

func (l *told) tell(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, err)
}

// are checks that exactly these were reported.
func (l *told) are(t *testing.T, want ...error) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) != len(want) {
		t.Fatalf("told %v, want %v", l.all, want)
	}
	for i := range want {
		if !errors.Is(l.all[i], want[i]) {
			t.Errorf("told %v, want %v", l.all, want)
		}
	}
}

// watched opens a store with a log handler.
func watched(t *testing.T, file string, options ...optout.FileOption) (*optout.Store, *told) {
	t.Helper()
	log, err := optout.OpenFile(file, options...)
	if err != nil {
		t.Fatal(err)
	}
	var l told
	s := optout.Open(log, optout.WithLogHandler(l.tell))
	t.Cleanup(func() { s.Close() })
	return s, &l
}

// TestReplaced: a log whose file is removed, replaced or overwritten while it is in use accepts
// nothing more. Known users stay known.
func TestReplaced(t *testing.T) {
	backup := path(t)
	old := open(t, backup)
	fill(t, old, 0, 40) // more than in the replacement
	old.Close()
	replace := func(part string) func(t *testing.T, file string) {
		return func(t *testing.T, file string) {
			copyFile(t, file+".restored", backup+part)
			if err := os.Rename(file+".restored", file+part); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]func(t *testing.T, file string){
		"removed":            func(t *testing.T, file string) { os.Remove(file) },
		"its end removed":    func(t *testing.T, file string) { os.Remove(file + ".end") },
		"replaced":           replace(""),
		"its end replaced":   replace(".end"),
		"overwritten":        func(t *testing.T, file string) { copyFile(t, file, backup) },
		"cut off":            func(t *testing.T, file string) { os.Truncate(file, 640) },
		"directory moved":    func(t *testing.T, file string) { os.Rename(filepath.Dir(file), filepath.Dir(file)+"-moved") },
		"moved to elsewhere": func(t *testing.T, file string) { os.Rename(file, file+".away") },
	} {
		t.Run(name, func(t *testing.T) {
			file := path(t)
			s, handler := watched(t, file)
			if err := s.WaitSynced(t.Context()); err != nil {
				t.Fatal(err)
			}
			fill(t, s, 0, 20)
			receiver := httptest.NewServer(newReceiver(t, s))
			defer receiver.Close()
			c(t, file)
			for n := range 3 {
				if err := s.Record(t.Context(), numbered(20+n), 1); !errors.Is(err, optout.ErrReplaced) {
					t.Errorf("recorded: %v", err)
				}
				response, err := http.Get(receiver.URL + "?uid2=" + numbered(30+n).Reveal())
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("answered %d", response.StatusCode)
				}
			}
			handler.are(t, optout.ErrReplaced)
			if stats := s.Stats(); !stats.Replaced || stats.Locked || !errors.Is(s.LogErr(), optout.ErrReplaced) {
				t.Errorf("%+v", stats)
			}
			hasExactly(t, s, 20)
			if !s.Synced() {
				t.Error("it isn't synced any more")
			}
		})
	}
}

// TestReplacedForGood: a log that was gone for a while accepts nothing more, even though it is
// back: another process may have changed it.
func TestReplacedForGood(t *testing.T) {
	file := path(t)
	s, handler := watched(t, file)
	fill(t, s, 0, 10)
	away := func(from, to string, n int) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
		if err := s.Record(t.Context(), numbered(n), 1); !errors.Is(err, optout.ErrReplaced) {
			t.Errorf("recorded: %v", err)
		}
	}
	away(file, file+".away", 11)
	away(file+".away", file, 12)
	handler.are(t, optout.ErrReplaced)
}

// TestReplacedUnused: even a log that nobody writes to notices it when its state is requested.
func TestReplacedUnused(t *testing.T) {
	file := path(t)
	s, handler := watched(t, file)
	if err := errors.Join(s.WaitSynced(t.Context()), s.LogErr(), os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	if !s.Stats().Replaced {
		t.Error("it isn't noticed")
	}
	handler.are(t, optout.ErrReplaced)
}

// TestWaitForLock: a store whose log is still open in another process starts, knows nobody, accepts
// nothing, and continues once the log is free.
func TestWaitForLock(t *testing.T) {
	file := path(t)
	before := open(t, file)
	fill(t, before, 0, 100)
	snapshot(t, before)
	s, handler := watched(t, file, optout.WaitForLock())
	if err := s.Record(t.Context(), numbered(200), 1); !errors.Is(err, optout.ErrLocked) {
		t.Errorf("recorded: %v", err)
	}
	if err := s.Quarantine(t.Context(), []byte("junk")); !errors.Is(err, optout.ErrLocked) {
		t.Errorf("quarantined: %v", err)
	}
	if state := s.OptOut(numbered(1)).State; state != bidstream.OptOutUnknown || s.Synced() || !s.Stats().Locked {
		t.Errorf("%v, %+v", state, s.Stats())
	}
	fill(t, before, 100, 110)
	before.Close()
	if err := s.WaitSynced(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasExactly(t, s, 110)
	fill(t, s, 110, 120)
	hasExactly(t, s, 120)
	if stats := s.Stats(); stats.Locked || stats.Restored != 100 || s.LogErr() != nil {
		t.Errorf("%+v", stats)
	}
	handler.are(t, optout.ErrLocked, nil)
}

// TestUpgradeInBackground: a store on a log of an earlier version starts at once, and continues
// once the log has been converted.
func TestUpgradeInBackground(t *testing.T) {
	file, damaged := path(t), path(t)
	writeOld(t, file, 300, nil)
	s, _ := watched(t, file, optout.WaitForLock())
	if err := s.WaitSynced(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasExactly(t, s, 300)
	fill(t, s, 300, 310)
	writeOld(t, damaged, 300, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("entries")) })
	s, _ = watched(t, damaged, optout.WaitForLock())
	if err := s.WaitSynced(t.Context()); !errors.Is(err, optout.ErrDamaged) || s.Synced() {
		t.Error(err)
	}
	if err := s.Record(t.Context(), numbered(1), 1); !errors.Is(err, optout.ErrDamaged) {
		t.Errorf("recorded: %v", err)
	}
}

// TestWaitForLockClosed: a store that is closed while it waits leaves the log alone.
func TestWaitForLockClosed(t *testing.T) {
	file := path(t)
	before := open(t, file)
	fill(t, before, 0, 10)
	s, _ := watched(t, file, optout.WaitForLock())
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.Err() == nil || s.Synced() {
		t.Error("it has no error")
	}
	before.Close()
	hasExactly(t, open(t, file), 10)
}

// TestWaitForLockDamaged: a log that turns out to be damaged when it becomes free is never synced;
// one that is damaged at once isn't opened.
func TestWaitForLockDamaged(t *testing.T) {
	file := path(t)
	before := open(t, file)
	fill(t, before, 0, 10)
	s, _ := watched(t, file, optout.WaitForLock())
	damaged := read(t, file)
	damaged[300]++
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	before.Close()
	if err := s.WaitSynced(t.Context()); !errors.Is(err, optout.ErrDamaged) || s.Synced() || !s.Stats().Damaged {
		t.Errorf("%v, %+v", err, s.Stats())
	}
	s.Close()
	if _, err := optout.OpenFile(file, optout.WaitForLock()); !errors.Is(err, optout.ErrDamaged) {
		t.Error(err)
	}
}

// TestDamageUnderSnapshot: damage in what a snapshot covers loses nobody, is reported, and keeps
// the snapshot from being rewritten.
func TestDamageUnderSnapshot(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, damagedUsers)
	snapshot(t, s)
	s.Close()
	damaged := read(t, file)
	damaged[64*100+30]++
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	before := read(t, file+".index")
	s, handler := watched(t, file)
	if err := s.WaitSynced(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasExactly(t, s, damagedUsers)
	fill(t, s, damagedUsers, damagedUsers+10)
	if err := s.Snapshot(t.Context()); !errors.Is(err, optout.ErrDamaged) {
		t.Errorf("a snapshot of a damaged log: %v", err)
	}
	handler.are(t, optout.ErrDamaged)
	if !s.Stats().Damaged || string(read(t, file+".index")) != string(before) {
		t.Error("the damage isn't told, or the snapshot was written anew")
	}
	s.Close()
	if _, err := optout.Compact(t.Context(), file); !errors.Is(err, optout.ErrDamaged) {
		t.Errorf("compacted: %v", err)
	}
	hasExactly(t, open(t, file), damagedUsers+10)
}

// TestDamageWhileRunning: damage to a log in use is found within a day. Known users stay known.
func TestDamageWhileRunning(t *testing.T) {
	file := path(t)
	synctest.Test(t, func(t *testing.T) {
		log, err := optout.OpenFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var handler told
		s := optout.Open(log, optout.WithLogHandler(handler.tell))
		fill(t, s, 0, 100)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		damaged := read(t, file)
		damaged[64*7+9]++
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Hour)
		synctest.Wait()
		handler.are(t)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		handler.are(t, optout.ErrDamaged)
		hasExactly(t, s, 100)
		if !s.Stats().Damaged {
			t.Error("it isn't told")
		}
		s.Close()
	})
}

// TestSnapshotsByThemselves: a store writes a snapshot when its log has grown enough, and another
// one when it has grown enough again.
func TestSnapshotsByThemselves(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a million entries")
	}
	file := path(t)
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const enough = 1 << 19
	add := func(log *optout.File, from, below int) {
		entries := make([]optout.Entry, 0, 4096)
		for i := from; i < below; i++ {
			if entries = append(entries, optout.Entry{UID: numbered(i), SinceMs: 1000}); len(entries) == cap(entries) || i == below-1 {
				if err := log.AppendAll(t.Context(), entries); err != nil {
					t.Fatal(err)
				}
				entries = entries[:0]
			}
		}
	}
	add(log, 0, enough)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		log, err := optout.OpenFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := optout.Open(log)
		time.Sleep(time.Second)
		synctest.Wait()
		first := read(t, file+".index")
		add(log, enough, 2*enough-10)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if string(read(t, file+".index")) != string(first) {
			t.Error("it is written too often")
		}
		add(log, 2*enough-10, 2*enough)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if string(read(t, file+".index")) == string(first) {
			t.Error("it isn't written again")
		}
		s.Close()
	})
	s := open(t, file)
	if stats := s.Stats(); stats.Restored != 2*enough || s.SnapshotErr() != nil {
		t.Errorf("%+v, %v", stats, s.SnapshotErr())
	}
}
