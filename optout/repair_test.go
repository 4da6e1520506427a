package optout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// numbersOf returns the users of a log by the numbers of their entries.
func numbersOf(t *testing.T, s state) map[uint64]codec.RawUID {
	t.Helper()
	file := path(t)
	s.write(t, file)
	log, err := optout.OpenReadOnly(file)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	users := make(map[uint64]codec.RawUID)
	if err := log.Replay(context.Background(), 0, func(number uint64, e optout.Entry) error { users[number] = e.UID; return nil }); err != nil {
		t.Fatal(err)
	}
	return users
}

// TestRepair: after any damage to a log, a repair keeps all users whose entry is intact, or is in
// the snapshot or in an older copy; afterwards the log is intact. If a user would be lost, nothing
// is done unless that is accepted.
func TestRepair(t *testing.T) {
	all, older := states(t)
	whole := all[withSnapshot[1]]
	users := numbersOf(t, whole)
	covered := numbersOf(t, state{"": older[""], ".end": older[".end"]})
	random := rand.New(rand.NewPCG(3, 4))
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for n := range *trials {
			t.Run(kind, func(t *testing.T) { // releases its files and stores at the end
				what := fmt.Sprintf("%s, trial %d", kind, n)
				damaged := whole.clone()
				kinds[kind](random, damaged, "", older.clone())
				file, copied := path(t), path(t)
				damaged.write(t, file)
				state{"": older[""], ".end": older[".end"]}.write(t, copied)
				options := optout.RepairOptions{FromSnapshot: n%3 != 0, AcceptLoss: true}
				if n%2 == 0 {
					options.From = []string{copied}
				}
				before := directoryOf(t, filepath.Dir(file))
				cautious := options
				cautious.AcceptLoss = false
				first, err := optout.Repair(context.Background(), file, cautious)
				if errors.Is(err, optout.ErrLoss) {
					sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
					if first.Damaged != "" || len(first.Lost) == 0 && !first.EndUnknown {
						t.Errorf("%s: %+v", what, first)
					}
					if _, err := optout.Repair(context.Background(), file, options); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
				} else if err != nil && !errors.Is(err, optout.ErrWhole) {
					t.Fatalf("%s: %v", what, err)
				}
				acknowledged := err == nil
				s := open(t, file)
				for number, uid := range users {
					at := number * 64
					intact := uint64(len(damaged[""])) >= at+64 && bytes.Equal(damaged[""][at:at+64], whole[""][at:at+64])
					inCopy := options.From != nil && covered[number] == uid
					inSnapshot := options.FromSnapshot && number <= coveredBySnapshot(whole)
					if s.OptOut(uid).State != bidstream.OptedOut && (intact || inCopy || inSnapshot || acknowledged) {
						t.Fatalf("%s: %d is lost: whole %v, in a copy %v, in the snapshot %v", what, number, intact, inCopy, inSnapshot)
					}
				}
				fill(t, s, damagedUsers, damagedUsers+5)
				snapshot(t, s)
				s.Close()
				if v, err := optout.Verify(context.Background(), file); err != nil || !v.Intact() {
					t.Fatalf("%s: after the repair %+v, %v", what, v, err)
				}
				compactAfter(t, file)
			})
		}
	}
}

// compactAfter checks that a compaction of a repaired log keeps all users, including those known
// only by a hash.
func compactAfter(t *testing.T, file string) {
	t.Helper()
	s := open(t, file)
	before := s.Stats().Users
	s.Close()
	if _, err := optout.Compact(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	s = open(t, file)
	if users := s.Stats().Users; users != before {
		t.Fatalf("%d users after a compaction, %d before", users, before)
	}
	s.Close()
}

// coveredBySnapshot reads from a snapshot's header how much it covers.
func coveredBySnapshot(s state) uint64 {
	b := s[".index"][16:24]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}

func sameFiles(t *testing.T, a, b directory) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d files, and %d before", len(b), len(a))
	}
	for name, content := range a {
		if !bytes.Equal(content, b[name]) {
			t.Fatalf("%s was changed", name)
		}
	}
}

// TestRepairWhole: an intact log is left as it is, and one in use isn't touched.
func TestRepairWhole(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 10)
	if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{}); !errors.Is(err, optout.ErrLocked) {
		t.Error(err)
	}
	if _, err := optout.Verify(context.Background(), file); !errors.Is(err, optout.ErrLocked) {
		t.Error(err)
	}
	s.Close()
	before := directoryOf(t, filepath.Dir(file))
	if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); !errors.Is(err, optout.ErrWhole) {
		t.Error(err)
	}
	if v, err := optout.Verify(context.Background(), file); err != nil || !v.Intact() || v.Entries != 10 {
		t.Errorf("%+v, %v", v, err)
	}
	sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
	nowhere := path(t)
	if _, err := optout.Verify(context.Background(), nowhere); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := optout.Repair(context.Background(), nowhere, optout.RepairOptions{AcceptLoss: true}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestRepairFromOthers: the users of another node's log are added, and the damaged log is kept
// under another name.
func TestRepairFromOthers(t *testing.T) {
	file, other := path(t), path(t)
	s := open(t, file)
	fill(t, s, 0, 100)
	s.Close()
	s = open(t, other)
	fill(t, s, 50, 120)
	s.Close()
	damaged := stateOf(t, file)
	clear(damaged[""][64*60 : 64*101])
	damaged.write(t, file)
	done, err := optout.Repair(context.Background(), file, optout.RepairOptions{From: []string{other}})
	if !errors.Is(err, optout.ErrLoss) || fmt.Sprint(done.Lost) != "[60-100]" || done.Kept != 59 {
		t.Fatalf("%+v, %v", done, err)
	}
	done, err = optout.Repair(context.Background(), file, optout.RepairOptions{From: []string{other}, AcceptLoss: true})
	if err != nil || done.Kept != 59 || done.Added < 20 { // which users are damaged is random, except for the last 20
		t.Fatalf("%+v, %v", done, err)
	}
	kept := stateOf(t, done.Damaged)
	if !bytes.Equal(kept[""], damaged[""]) || !bytes.Equal(kept[".end"], damaged[".end"]) {
		t.Error("the damaged log isn't kept")
	}
	s = open(t, file)
	for i := 50; i < 120; i++ {
		if s.OptOut(numbered(i)).State != bidstream.OptedOut {
			t.Errorf("%d is missing", i)
		}
	}
}

// TestRepairEndUnknown: a log without its figure is intact as far as it goes, and that this is all
// must be accepted, unless a copy has the figure.
func TestRepairEndUnknown(t *testing.T) {
	file, copied := path(t), path(t)
	s := open(t, file)
	fill(t, s, 0, 20)
	s.Close()
	whole := stateOf(t, file)
	whole.write(t, copied)
	for _, end := range [][]byte{nil, make([]byte, 5000)} {
		for _, c := range []struct {
			options optout.RepairOptions
			err     error
		}{
			{optout.RepairOptions{}, optout.ErrLoss}, {optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss},
			{optout.RepairOptions{AcceptLoss: true}, nil}, {optout.RepairOptions{From: []string{copied}}, nil},
		} {
			file := path(t)
			state{"": whole[""], ".end": end}.write(t, file)
			if end == nil {
				os.Remove(file + ".end")
			}
			done, err := optout.Repair(context.Background(), file, c.options)
			if !errors.Is(err, c.err) || done.EndUnknown != (c.options.From == nil) || done.Kept != 20 {
				t.Fatalf("%+v: %+v, %v", c.options, done, err)
			}
			if c.err == nil {
				hasExactly(t, open(t, file), 20)
			}
		}
	}
}

// TestRepairOld: if pages of a log in the old format are damaged, everything else is kept.
func TestRepairOld(t *testing.T) {
	whole := path(t)
	writeOld(t, whole, 3000, nil)
	content := read(t, whole)
	random := rand.New(rand.NewPCG(5, 6))
	for n := range 2 * *trials {
		damaged := state{"": bytes.Clone(content)}
		page := os.Getpagesize()
		noise(random, damaged[""][page*(2+random.IntN(len(content)/page-2)):][:page])
		if n%5 == 0 {
			clear(damaged[""][page*random.IntN(2):][:page])
		}
		file := path(t)
		damaged.write(t, file)
		done, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true})
		if errors.Is(err, optout.ErrWhole) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, file)
		if lost := damagedOf(s, 3000); lost > 200 || int(done.Kept) < 2800 {
			t.Errorf("trial %d: %d are lost, %+v", n, lost, done)
		}
		s.Close()
	}
}

func damagedOf(s *optout.Store, users int) (lost int) {
	for i := range users {
		if s.OptOut(numbered(i)).State != bidstream.OptedOut {
			lost++
		}
	}
	return lost
}
