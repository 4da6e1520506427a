package optout_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
)

// sector is the largest unit that a disk writes atomically, at best.
const sector = 512

// files are a log and the file that records where it ends.
type files struct{ log, end []byte }

func readFiles(t testing.TB, file string) files {
	t.Helper()
	return files{read(t, file), read(t, file+".end")}
}

func (f files) write(t testing.TB, file string) {
	t.Helper()
	for name, content := range map[string][]byte{file: f.log, file + ".end": f.end} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// commitOf returns the files of a log with users 0 to 49, and those after users 50 to 79 were
// added.
func commitOf(t *testing.T) (before, after files) {
	t.Helper()
	file := path(t)
	s := open(t, file)
	for i := range 50 {
		fill(t, s, i, i+1)
	}
	before = readFiles(t, file)
	fill(t, s, 50, 80)
	return before, readFiles(t, file)
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTornLog: power fails while entries are written, in any order of the disk's sectors, before
// the figure that makes them count.
func TestTornLog(t *testing.T) {
	before, after := commitOf(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		torn := bytes.Clone(before.log)
		if random.IntN(2) == 0 {
			torn = append(torn, make([]byte, random.IntN(len(after.log)-len(torn)+1))...)
		}
		for at := 0; at < len(torn); at += sector {
			if random.IntN(2) == 0 {
				copy(torn[at:min(at+sector, len(torn))], after.log[at:])
			}
		}
		recovers(t, files{torn, before.end}, bidstream.OptOutUnknown)
	}
	recovers(t, files{after.log, before.end}, bidstream.OptedOut)
	recovers(t, before, bidstream.NotOptedOut)
}

// TestTornEnd: power fails while the figure that makes entries count is written, at any byte of it.
func TestTornEnd(t *testing.T) {
	before, after := commitOf(t)
	for cut := range after.end {
		if before.end[cut] == after.end[cut] {
			continue
		}
		torn := bytes.Clone(after.end)
		copy(torn[cut:], before.end[cut:])
		recovers(t, files{after.log, torn}, bidstream.OptedOut)
	}
	recovers(t, after, bidstream.OptedOut)
}

// recovers checks that a log has users 0 to 49, and continues to work. User 50, who was not
// acknowledged, must have the given state, or any.
func recovers(t *testing.T, torn files, fiftieth bidstream.OptOutState) {
	t.Helper()
	name := path(t)
	torn.write(t, name)
	s := open(t, name)
	for i := range 50 {
		if s.OptOut(numbered(i)).State != bidstream.OptedOut {
			t.Fatalf("user %d is lost", i)
		}
	}
	if got := s.OptOut(numbered(50)).State; got != fiftieth && fiftieth != bidstream.OptOutUnknown {
		t.Fatalf("user 50 is %v", got)
	}
	fill(t, s, 50, 100)
	s.Close()
	s = open(t, name)
	hasExactly(t, s, 100)
	s.Close()
}
