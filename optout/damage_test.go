package optout_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

var trials = flag.Int("trials", 3, "how often TestDamage tries each kind of damage on each file")

// damagedUsers is the number of users in the files that are damaged.
const damagedUsers = 6000

// A state is the content of a log's files on disk: the log, the file that records where it ends,
// and the snapshot, by the suffixes of their names. A missing file has no key.
type state map[string][]byte

var parts = []string{"", ".end", ".index"}

func stateOf(t testing.TB, file string) state {
	t.Helper()
	s := make(state)
	for _, part := range parts {
		if b, err := os.ReadFile(file + part); err == nil {
			s[part] = b
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return s
}

func (s state) write(t testing.TB, file string) {
	t.Helper()
	for part, content := range s {
		if err := os.WriteFile(file+part, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// states returns logs with damagedUsers: closed, or as a killed process leaves it; with a snapshot
// of most of them, or without one. older is the state before the last users were added.
func states(t *testing.T) (all map[string]state, older state) {
	t.Helper()
	file := path(t)
	s := open(t, file)
	const most = damagedUsers - 200
	fill(t, s, 0, most-500)
	older = stateOf(t, file)
	fill(t, s, most-500, most)
	for i := range 30 {
		if err := s.Quarantine(context.Background(), bytes.Repeat([]byte{'x'}, 20*i)); err != nil {
			t.Fatal(err)
		}
	}
	snapshot(t, s)
	older[".index"] = read(t, file+".index")
	fill(t, s, most, damagedUsers)
	killed := stateOf(t, file)
	s.Close()
	closed := stateOf(t, file)
	all = map[string]state{withSnapshot[0]: killed, withSnapshot[1]: closed}
	for _, name := range withSnapshot {
		alone := maps.Clone(all[name])
		delete(alone, ".index")
		all[strings.Replace(name, "with", "without", 1)] = alone
	}
	return all, older
}

var withSnapshot = []string{"killed with a snapshot", "closed with a snapshot"}

// kinds of damage. Each changes a part of a state, in place or to an older one.
var kinds = map[string]func(random *rand.Rand, s state, part string, older state){
	"a bit": func(r *rand.Rand, s state, part string, _ state) { s[part][r.IntN(len(s[part]))] ^= 1 << r.IntN(8) },
	"a byte": func(r *rand.Rand, s state, part string, _ state) {
		s[part][r.IntN(len(s[part]))] ^= byte(1 + r.IntN(255))
	},
	"a sector of zeros": func(r *rand.Rand, s state, part string, _ state) { clear(block(r, s[part], sector)) },
	"a sector of noise": func(r *rand.Rand, s state, part string, _ state) { noise(r, block(r, s[part], sector)) },
	"a page of zeros":   func(r *rand.Rand, s state, part string, _ state) { clear(block(r, s[part], 4096)) },
	"the first page":    func(r *rand.Rand, s state, part string, _ state) { noise(r, s[part][:min(4096, len(s[part]))]) },
	"the last page": func(r *rand.Rand, s state, part string, _ state) {
		clear(s[part][max(0, len(s[part])-1-r.IntN(4096)):])
	},
	"the first cell": func(r *rand.Rand, s state, part string, _ state) { s[part][r.IntN(64)] ^= 1 << r.IntN(8) },
	"the last cell": func(r *rand.Rand, s state, part string, _ state) {
		s[part][len(s[part])-1-r.IntN(64)] ^= 1 << r.IntN(8)
	},
	"two sectors swapped": func(r *rand.Rand, s state, part string, _ state) {
		swap(block(r, s[part], sector), block(r, s[part], sector))
	},
	"two cells swapped": func(r *rand.Rand, s state, part string, _ state) { swap(block(r, s[part], 64), block(r, s[part], 64)) },
	"two pages swapped": func(r *rand.Rand, s state, part string, _ state) {
		swap(block(r, s[part], 4096), block(r, s[part], 4096))
	},
	"cut off":           func(r *rand.Rand, s state, part string, _ state) { s[part] = s[part][:r.IntN(len(s[part]))] },
	"cut off at a cell": func(r *rand.Rand, s state, part string, _ state) { s[part] = s[part][:r.IntN(len(s[part]))/64*64] },
	"a piece taken out": func(r *rand.Rand, s state, part string, _ state) {
		at := r.IntN(len(s[part])/64) * 64
		s[part] = append(s[part][:at], s[part][min(len(s[part]), at+64*(1+r.IntN(20))):]...)
	},
	"empty":           func(_ *rand.Rand, s state, part string, _ state) { s[part] = nil },
	"missing":         func(_ *rand.Rand, s state, part string, _ state) { delete(s, part) },
	"an older one":    func(_ *rand.Rand, s state, part string, older state) { s[part] = older[part] },
	"an older sector": func(r *rand.Rand, s state, part string, older state) { stale(r, s[part], older[part]) },
}

func block(r *rand.Rand, b []byte, size int) []byte {
	at := r.IntN((len(b)+size-1)/size) * size
	return b[at:min(len(b), at+size)]
}

func noise(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func swap(a, b []byte) {
	for i := range min(len(a), len(b)) {
		a[i], b[i] = b[i], a[i]
	}
}

// stale replaces a sector by its previous content, or by zeros if it is beyond the previous end.
func stale(r *rand.Rand, now, before []byte) {
	at := r.IntN((len(now)+sector-1)/sector) * sector
	piece := now[at:min(len(now), at+sector)]
	clear(piece)
	if at < len(before) {
		copy(piece, before[at:])
	}
}

// TestDamage: however a file of a log is damaged, no recorded user is missing in a store that
// claims to be synced. Opening a damaged log reports the damage. The test logs the numbers of
// trials in which the damage was reported and in which all users were there.
func TestDamage(t *testing.T) {
	all, older := states(t)
	names := slices.Sorted(maps.Keys(all))
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			told, complete := 0, 0
			dir := t.TempDir()
			for n := range *trials {
				for _, part := range parts {
					name := names[random.IntN(len(names))]
					if part == ".index" {
						name = withSnapshot[random.IntN(len(withSnapshot))]
					}
					damaged := all[name].clone()
					kinds[kind](random, damaged, part, older.clone())
					file := filepath.Join(dir, "optouts.db")
					damaged.write(t, file)
					if tells(t, file, fmt.Sprintf("trial %d, %s, file %q", n, name, "optouts.db"+part)) {
						told++
					} else {
						complete++
					}
					for _, part := range parts {
						os.Remove(file + part)
					}
				}
			}
			t.Logf("%d reported, %d complete", told, complete)
		})
	}
}

func (s state) clone() state {
	c := make(state)
	for part, content := range s {
		c[part] = bytes.Clone(content)
	}
	return c
}

// tells reports whether opening or reading a damaged log ends in ErrDamaged. If it doesn't, all
// users must be known.
func tells(t *testing.T, file, what string) bool {
	t.Helper()
	log, err := optout.OpenFile(file)
	if err == nil {
		s := optout.Open(log)
		defer s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err = s.WaitSynced(ctx); err == nil {
			for i := range damagedUsers {
				if s.OptOut(numbered(i)).State != bidstream.OptedOut {
					t.Fatalf("%s: user %d is missing, and the store is synced", what, i)
				}
			}
			return false
		}
		if s.Synced() || s.OptOut(numbered(damagedUsers)).State != bidstream.OptOutUnknown {
			t.Fatalf("%s: it is synced in spite of %v", what, err)
		}
	}
	if !errors.Is(err, optout.ErrDamaged) {
		t.Fatalf("%s: %v isn't ErrDamaged", what, err)
	}
	return true
}

// TestEntryThatIsNone: a cell with a right checksum that isn't a valid entry, nor anything else,
// ends reading a log with ErrDamaged: it is never skipped.
func TestEntryThatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		kind byte
		size int
	}{
		"nothing": {'E', 0}, "10 bytes": {'E', 10}, "no raw UID": {'E', 16}, "a short raw UID": {'E', 16 + 31}, "a long one": {'E', 16 + 34},
		"an unknown kind": {'X', 48}, "a part of nothing": {'q', 10}, "half a value": {'Q', 30}, "half a hash": {'h', 10},
	} {
		file := path(t)
		s := open(t, file)
		fill(t, s, 0, 20)
		s.Close()
		log := openFile(t, file)
		if err := errors.Join(optout.AppendCell(log, c.kind, make([]byte, c.size)), log.Close()); err != nil {
			t.Fatal(err)
		}
		log = openFile(t, file) // the end has the right checksums
		s = optout.Open(log)
		if err := s.WaitSynced(context.Background()); !errors.Is(err, optout.ErrDamaged) || s.Synced() {
			t.Errorf("%s: synced, %v", name, err)
		}
		if o := s.OptOut(numbered(20)); o.State != bidstream.OptOutUnknown {
			t.Errorf("%s: somebody else is %v", name, o.State)
		}
		s.Close()
		if _, err := optout.Compact(context.Background(), file); !errors.Is(err, optout.ErrDamaged) {
			t.Errorf("%s: compaction: %v", name, err)
		}
		if v, err := optout.Verify(context.Background(), file); err != nil || len(v.Lost) != 1 || v.Lost[0].String() != "21" || v.Entries != 20 {
			t.Errorf("%s: verified %+v, %v", name, v, err)
		}
		if r, err := optout.Repair(context.Background(), file, optout.RepairOptions{}); !errors.Is(err, optout.ErrLoss) || r.Kept != 20 {
			t.Errorf("%s: repaired %+v, %v", name, r, err)
		}
		if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		hasExactly(t, open(t, file), 20)
	}
}
