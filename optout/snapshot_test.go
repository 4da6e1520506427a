//go:build go1.25

package optout_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// fill records the users from..below-1.
func fill(t testing.TB, s *optout.Store, from, below int) {
	t.Helper()
	var all sync.WaitGroup
	for i := from; i < below; i++ {
		all.Go(func() {
			if err := s.Record(t.Context(), numbered(i), int64(i+1)*1000); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// hasExactly checks that a store has the users 0..below-1 and nobody else.
func hasExactly(t testing.TB, s *optout.Store, below int) {
	t.Helper()
	for i := range below {
		if o := s.OptOut(numbered(i)); o.State != bidstream.OptedOut || o.SinceMs != int64(i+1)*1000 {
			t.Fatalf("user %d of %d is %v since %d", i, below, o.State, o.SinceMs)
		}
	}
	for i := below; i < 2*below+100; i++ {
		if o := s.OptOut(numbered(i)); o.State != bidstream.NotOptedOut {
			t.Fatalf("user %d, who isn't there, is %v", i, o.State)
		}
	}
	if users := s.Stats().Users; users != below {
		t.Fatalf("%d users, want %d", users, below)
	}
}

func snapshot(t testing.TB, s *optout.Store) {
	t.Helper()
	if err := s.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, to, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSnapshot: a start loads the users that the snapshot covers, and the rest from the log.
func TestSnapshot(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 5000)
	snapshot(t, s)
	fill(t, s, 5000, 6000)
	s.Close()
	s = open(t, file)
	hasExactly(t, s, 6000)
	if n := s.Stats().Restored; n != 5000 {
		t.Errorf("%d users from the snapshot", n)
	}
	fill(t, s, 6000, 7000)
	snapshot(t, s)
	s.Close()
	s = open(t, file)
	hasExactly(t, s, 7000)
	if n := s.Stats().Restored; n != 7000 || s.SnapshotErr() != nil {
		t.Errorf("%d users from the second snapshot, %v", n, s.SnapshotErr())
	}
	if info, err := os.Stat(file + ".index"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestSnapshotUnderWay: users who opt out while a snapshot is written are in it or in what is read
// after it.
func TestSnapshotUnderWay(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 1000)
	for round := 1; round <= 5; round++ {
		var writing sync.WaitGroup
		writing.Go(func() { fill(t, s, 1000*round, 1000*(round+1)) })
		snapshot(t, s)
		if round%2 == 0 {
			snapshot(t, s)
		}
		writing.Wait()
	}
	s.Close()
	s = open(t, file)
	hasExactly(t, s, 6000)
	if n := s.Stats().Restored; n < 1000 {
		t.Errorf("%d users from the snapshot", n)
	}
}

// TestSnapshotDamaged: however the file is damaged, exactly the recorded users are known.
func TestSnapshotDamaged(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 3000)
	snapshot(t, s)
	s.Close()
	whole, err := os.ReadFile(file + ".index")
	if err != nil {
		t.Fatal(err)
	}
	check := func(note string, damaged []byte) {
		t.Helper()
		if err := os.WriteFile(file+".index", damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, file)
		defer s.Close()
		hasExactly(t, s, 3000)
		if !errors.Is(s.SnapshotErr(), optout.ErrSnapshot) || s.Stats().Restored != 0 {
			t.Fatalf("%s: %v, %d users restored", note, s.SnapshotErr(), s.Stats().Restored)
		}
	}
	check("empty", nil)
	check("no end", whole[:len(whole)-1])
	check("header only", whole[:12328])
	check("half a header", whole[:1000])
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		damaged := append([]byte(nil), whole...)
		damaged[random.IntN(len(damaged))] ^= 1 << random.IntN(8)
		check("a bit", damaged)
	}
	for at := 0; at < 40; at++ { // the seed of the hash in particular
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0xFF
		check("the beginning", damaged)
	}
	if err := os.Remove(file + ".index"); err != nil {
		t.Fatal(err)
	}
	s = open(t, file)
	hasExactly(t, s, 3000)
	if !errors.Is(s.SnapshotErr(), optout.ErrSnapshot) {
		t.Error(s.SnapshotErr())
	}
	snapshot(t, s)
	s.Close()
	s = open(t, file)
	hasExactly(t, s, 3000)
	if s.SnapshotErr() != nil || s.Stats().Restored != 3000 {
		t.Errorf("it isn't replaced: %v", s.SnapshotErr())
	}
}

// TestSnapshotOfAnother: the snapshot of another log isn't used; a snapshot of this log that covers
// more shows that the log was replaced by an older one.
func TestSnapshotOfAnother(t *testing.T) {
	file, backup, other := path(t), path(t), path(t)
	s := open(t, file)
	fill(t, s, 0, 1000)
	snapshot(t, s)
	s.Close()
	copyFile(t, backup, file)
	copyFile(t, backup+".end", file+".end")
	s = open(t, file)
	fill(t, s, 1000, 2000)
	snapshot(t, s)
	s.Close()
	copyFile(t, file, backup) // the numbers from 1001 on will belong to other users
	copyFile(t, file+".end", backup+".end")
	if _, err := optout.OpenFile(file); !errors.Is(err, optout.ErrDamaged) {
		t.Errorf("a log that is older than its snapshot: %v", err)
	}
	if err := os.Remove(file + ".index"); err != nil {
		t.Fatal(err)
	}
	s = open(t, file)
	hasExactly(t, s, 1000)
	snapshot(t, s)
	s.Close()

	s = open(t, other)
	fill(t, s, 0, 500)
	snapshot(t, s)
	s.Close()
	copyFile(t, other+".index", file+".index")
	s = open(t, other)
	hasExactly(t, s, 500)
	if s.Stats().Restored != 0 {
		t.Error("another log's snapshot was used")
	}
}
