package optout_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
)

// sector is what a disk writes whole or not at all, at best.
const sector = 512

// commitOf returns a log file with users 0 to 49, and the same file after one more transaction, with user 50.
func commitOf(t *testing.T) (before, after []byte) {
	t.Helper()
	file := path(t)
	s := open(t, file)
	for i := range 50 {
		fill(t, s, i, i+1) // a transaction each, so that there are pages to use again
	}
	before = read(t, file)
	fill(t, s, 50, 51)
	return before, read(t, file)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTornData: power goes while a transaction's pages are written, in any order, and before the page that makes them count.
func TestTornData(t *testing.T) {
	before, after := commitOf(t)
	meta := 2 * os.Getpagesize()
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		torn := append([]byte(nil), before...)
		if random.IntN(2) == 0 {
			torn = append(torn, make([]byte, max(0, len(after)-len(before)))...)
		}
		for at := meta; at+sector <= min(len(torn), len(after)); at += sector {
			if random.IntN(2) == 0 {
				copy(torn[at:at+sector], after[at:])
			}
		}
		if !bytes.Equal(torn, before) {
			recovers(t, torn, bidstream.NotOptedOut)
		}
	}
}

// TestTornMeta: power goes while the page that makes a transaction count is written, at any byte of it.
func TestTornMeta(t *testing.T) {
	before, after := commitOf(t)
	page := 0
	if bytes.Equal(before[:os.Getpagesize()], after[:os.Getpagesize()]) {
		page = os.Getpagesize()
	}
	last := page
	for i := page; i < page+os.Getpagesize(); i++ {
		if before[i] != after[i] {
			last = i
		}
	}
	for cut := page; cut <= last; cut++ {
		torn := append([]byte(nil), after...)
		copy(torn[cut:page+os.Getpagesize()], before[cut:])
		recovers(t, torn, bidstream.NotOptedOut)
	}
	recovers(t, after, bidstream.OptedOut)
}

// recovers wants a log file to have users 0 to 49, and to go on. User 50, whom nobody has acknowledged, is in a state.
func recovers(t *testing.T, file []byte, fiftieth bidstream.OptOutState) {
	t.Helper()
	name := path(t)
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, name)
	for i := range 50 {
		if s.OptOut(numbered(i)).State != bidstream.OptedOut {
			t.Fatalf("user %d is lost", i)
		}
	}
	if got := s.OptOut(numbered(50)).State; got != fiftieth {
		t.Fatalf("user 50 is %v", got)
	}
	fill(t, s, 50, 60)
	s.Close()
	s = open(t, name)
	hasExactly(t, s, 60)
	s.Close()
}
