package optout_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// entries returns the entries of a log file.
func entries(t *testing.T, file string) (all []optout.Entry) {
	t.Helper()
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := log.Replay(context.Background(), 0, func(number uint64, e optout.Entry) error {
		if all = append(all, e); number != uint64(len(all)) {
			t.Errorf("entry %d has number %d", len(all), number)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCompact: one entry per user is left, with the latest time and the earliest time of receipt.
func TestCompact(t *testing.T) {
	file := path(t)
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		user := i % 1000
		since := []int64{5, 9, 7}[i/1000]
		if i >= 1000 && user >= 100 {
			continue // most users occur once
		}
		if err := log.Append(context.Background(), optout.Entry{UID: numbered(user), SinceMs: since * 1000, ReceivedMs: int64(10_000 + i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Quarantine(context.Background(), []byte("junk"), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := optout.Compact(context.Background(), file); !errors.Is(err, optout.ErrLocked) {
		t.Errorf("a file in use: %v", err)
	}
	log.Close()
	s := open(t, file)
	snapshot(t, s)
	s.Close()
	if err := os.WriteFile(file+".new", []byte("from a machine that went down"), 0o600); err != nil {
		t.Fatal(err)
	}

	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := optout.Compact(context.Background(), file)
	if err != nil || c.Entries != 1200 || c.Kept != 1000 {
		t.Fatalf("%+v, %v", c, err)
	}
	if after, err := os.Stat(file); err != nil || c.Bytes != before.Size() || c.BytesCompact != after.Size() {
		t.Errorf("%+v; it had %d bytes, and has %d: %v", c, before.Size(), after.Size(), err)
	}
	kept := entries(t, file)
	if len(kept) != 1000 {
		t.Fatalf("%d entries", len(kept))
	}
	seen := map[codec.RawUID]bool{}
	for user, e := range kept {
		want := int64(5000)
		if user < 100 {
			want = 9000
		}
		if seen[e.UID] || e.UID != numbered(user).Canonical() || e.SinceMs != want || e.ReceivedMs != int64(10_000+user) {
			t.Fatalf("user %d: %v, received %d", user, e, e.ReceivedMs)
		}
		seen[e.UID] = true
	}
	s = open(t, file)
	if st := s.Stats(); st.Users != 1000 || st.Restored != 0 {
		t.Errorf("%+v", st)
	}
	if again, err := quarantined(t, s, file); err != nil || again != 1 {
		t.Errorf("%d in quarantine, %v", again, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// quarantined closes a store and returns the number of values in its file's quarantine.
func quarantined(t *testing.T, s *optout.Store, file string) (n int, err error) {
	t.Helper()
	s.Close()
	log, err := optout.OpenFile(file)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	err = log.Quarantined(context.Background(), func(int64, []byte) error {
		n++
		return nil
	})
	return n, err
}

// TestCompactStopped: a compaction that is interrupted changes nothing.
func TestCompactStopped(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 500)
	s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := optout.Compact(ctx, file); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(file + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Error("something is left")
	}
	hasExactly(t, open(t, file), 500)
}

// TestCompactKeepsTheRest: a compaction also keeps the place in a fleet's stream, and the whole
// quarantine, to which more can be added afterwards.
func TestCompactKeepsTheRest(t *testing.T) {
	file := path(t)
	log := openFile(t, file)
	values := []string{"first", strings.Repeat("long", 300), "", "third"}
	for i, value := range values {
		if err := errors.Join(log.Quarantine(context.Background(), []byte(value), int64(i)), log.Append(context.Background(), optout.Entry{UID: numbered(i), SinceMs: 1})); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(optout.SetPlace(log, 12345), log.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := optout.Compact(context.Background(), file); err != nil {
			t.Fatal(err)
		}
	}
	log = openFile(t, file)
	defer log.Close()
	if position, err := optout.Position(log); position != 12345 || optout.Placed(log) != optout.Cells(log) || err != nil {
		t.Errorf("position %d, %v", position, err)
	}
	if err := log.Quarantine(context.Background(), []byte("new"), int64(len(values))); err != nil {
		t.Fatal(err)
	}
	next := 0
	if err := log.Quarantined(context.Background(), func(receivedMs int64, what []byte) error {
		if want := append(values, "new")[next]; string(what) != want || receivedMs != int64(next) {
			t.Errorf("%d: %q", receivedMs, what)
		}
		next++
		return nil
	}); err != nil || next != len(values)+1 {
		t.Errorf("%d values, %v", next, err)
	}
}

// TestCompactForgetsWhatIsUnsure: after a compaction, the entries that a stream may lack aren't at
// the end of the log, so the place isn't kept, and all of the log is compared with the stream.
func TestCompactForgetsWhatIsUnsure(t *testing.T) {
	file := path(t)
	log := openFile(t, file)
	if err := errors.Join(
		log.Append(context.Background(), optout.Entry{UID: numbered(1), SinceMs: 1}), optout.SetPlace(log, 12345),
		log.Append(context.Background(), optout.Entry{UID: numbered(2), SinceMs: 1}), log.Close(),
	); err != nil {
		t.Fatal(err)
	}
	if _, err := optout.Compact(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	log = openFile(t, file)
	defer log.Close()
	if position, err := optout.Position(log); position != 0 || err != nil {
		t.Errorf("position %d, %v", position, err)
	}
}

// TestPlaceAfterUpgrade: a node's copy in the old format continues in the stream where it was.
func TestPlaceAfterUpgrade(t *testing.T) {
	file := path(t)
	writeOld(t, file, 10, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("stream")).Put([]byte("place"), append(make([]byte, 14), 1, 2, 0, 0, 0, 0, 0, 0, 0, 9))
	})
	log := openFile(t, file)
	defer log.Close()
	if position, err := optout.Position(log); position != 258 || optout.Placed(log) != optout.Cells(log) || err != nil {
		t.Errorf("position %d, %v", position, err)
	}
}
