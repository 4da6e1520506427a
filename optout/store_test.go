//go:build go1.25

package optout_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

func path(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "optouts.db")
}

// open opens a store on a file and waits until it is synced.
func open(t testing.TB, path string) *optout.Store {
	t.Helper()
	log, err := optout.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := optout.Open(log)
	t.Cleanup(func() { s.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.WaitSynced(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRestart: what was recorded is known to the next process.
func TestRestart(t *testing.T) {
	file := path(t)
	for round := range 3 {
		s := open(t, file)
		if s.Stats().Users != 1000*round {
			t.Fatalf("round %d: %d users", round, s.Stats().Users)
		}
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				if err := s.Record(t.Context(), numbered(1000*round+i), int64(i+1)*1000); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range 1000 * (round + 1) {
			if o := s.OptOut(numbered(i)); o.State != bidstream.OptedOut || o.SinceMs != int64(i%1000+1)*1000 {
				t.Fatalf("round %d: %d is %v since %d", round, i, o.State, o.SinceMs)
			}
		}
		if o := s.OptOut(numbered(-1)); o.State != bidstream.NotOptedOut {
			t.Errorf("somebody else is %v", o.State)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// slowLog makes reading the log wait, or fail.
type slowLog struct {
	optout.Log
	replay chan error
}

func (l slowLog) Replay(ctx context.Context, after uint64, f func(uint64, optout.Entry) error) error {
	select {
	case err := <-l.replay:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	return l.Log.Replay(ctx, after, f)
}

// TestUnsynced: before the log has been read, the state of users who aren't known to have opted out
// is unknown; an opt-out that arrives in the meantime counts.
func TestUnsynced(t *testing.T) {
	file := path(t)
	s := open(t, file)
	if err := s.Record(t.Context(), numbered(1), 1000); err != nil {
		t.Fatal(err)
	}
	s.Close()
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	slow := slowLog{log, make(chan error)}
	s = optout.Open(slow)
	defer s.Close()
	if err := s.Record(t.Context(), numbered(2), 2000); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]bidstream.OptOutState{1: bidstream.OptOutUnknown, 2: bidstream.OptedOut, 3: bidstream.OptOutUnknown} {
		if o := s.OptOut(numbered(n)); o.State != want {
			t.Errorf("%d: %v, want %v", n, o.State, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.WaitSynced(ctx); !errors.Is(err, context.DeadlineExceeded) || s.Synced() {
		t.Error(err)
	}
	slow.replay <- nil
	if err := s.WaitSynced(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]bidstream.OptOutState{1: bidstream.OptedOut, 2: bidstream.OptedOut, 3: bidstream.NotOptedOut} {
		if o := s.OptOut(numbered(n)); o.State != want {
			t.Errorf("synced, %d: %v, want %v", n, o.State, want)
		}
	}
}

// A log that can't be read never yields "not opted out".
func TestUnreadableLog(t *testing.T) {
	log, err := optout.OpenFile(path(t))
	if err != nil {
		t.Fatal(err)
	}
	slow := slowLog{log, make(chan error, 1)}
	slow.replay <- optout.ErrEntry
	s := optout.Open(slow)
	if err := s.WaitSynced(t.Context()); !errors.Is(err, optout.ErrEntry) || !errors.Is(s.Err(), optout.ErrEntry) {
		t.Error(err)
	}
	if o := s.OptOut(numbered(1)); o.State != bidstream.OptOutUnknown || s.Synced() {
		t.Error(o.State)
	}
	s.Close()
	never := optout.Open(slowLog{log, make(chan error)})
	never.Close()
	if never.Err() == nil {
		t.Error("a store that was closed while it was reading has no error")
	}
}

// TestRepeats: the service repeats a batch while one of its entries fails. That doesn't make the
// log grow.
func TestRepeats(t *testing.T) {
	file := path(t)
	s := open(t, file)
	for range 3 {
		for i := range 100 {
			if err := s.Record(t.Context(), numbered(i), 5000); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Record(t.Context(), numbered(1), 4000); err != nil { // earlier
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), numbered(1), 6000); err != nil { // later
		t.Fatal(err)
	}
	if stats := s.Stats(); stats.Recorded != 101 || stats.Repeated != 201 || stats.Users != 100 {
		t.Errorf("%+v", stats)
	}
	s.Close()
	if o := open(t, file).OptOut(numbered(1)); o.SinceMs != 6000 {
		t.Errorf("since %d", o.SinceMs)
	}
}

func TestLockedFile(t *testing.T) {
	file := path(t)
	open(t, file)
	if _, err := optout.OpenFile(file); !errors.Is(err, optout.ErrLocked) {
		t.Error(err)
	}
	if _, err := optout.OpenFile(filepath.Join(file, "no", "such", "directory")); err == nil {
		t.Error("opened")
	}
}

// TestClosed: nothing is acknowledged after Close.
func TestClosed(t *testing.T) {
	s := open(t, path(t))
	var recording sync.WaitGroup
	for i := range 50 {
		recording.Go(func() {
			for n := 0; ; n++ {
				if err := s.Record(context.Background(), numbered(i*1_000_000+n), 1); err != nil {
					if !errors.Is(err, optout.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	recording.Wait()
	if err := s.Record(t.Context(), numbered(-1), 1); !errors.Is(err, optout.ErrClosed) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestEntriesPrintNoRawUID(t *testing.T) {
	e := optout.Entry{UID: numbered(7), SinceMs: 5}
	printed := fmt.Sprintf("%v %+v %#v %s", e, e, e, e)
	if strings.Contains(printed, codec.RawUID(e.UID).Reveal()[:6]) || strings.Contains(printed, "AAAA") {
		t.Error(printed)
	}
}

// BenchmarkRecord records opt-outs from many goroutines, each of which waits until its own is on
// disk.
func BenchmarkRecord(b *testing.B) {
	s := open(b, path(b))
	b.SetParallelism(256)
	var next sync.Mutex
	n := 0
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			next.Lock()
			n++
			uid := numbered(n)
			next.Unlock()
			if err := s.Record(context.Background(), uid, 1000); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "opt-outs/s")
}

// TestRecordCanonical: a raw UID of version 4 is stored without the bits for its environment, as
// the service announces it.
func TestRecordCanonical(t *testing.T) {
	file := path(t)
	s := open(t, file)
	full, err := codec.DecodeRawUID("oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), full, 1000); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, e := range entries(t, file) {
		if got := e.UID.Reveal(); got != "IA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1" {
			t.Errorf("kept as %s", got)
		}
	}
}
