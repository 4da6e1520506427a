package optout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
)

// withValue returns a log with entries 1 to 10, a quarantined value in cells 11 to 13, and entries
// 14 to 23; with a snapshot.
func withValue(t *testing.T) state {
	t.Helper()
	file := path(t)
	s := open(t, file)
	for i := range 10 {
		fill(t, s, i, i+1)
	}
	if err := s.Quarantine(context.Background(), bytes.Repeat([]byte("v"), 46+58+1)); err != nil {
		t.Fatal(err)
	}
	for i := 10; i < 20; i++ {
		fill(t, s, i, i+1)
	}
	snapshot(t, s)
	s.Close()
	return stateOf(t, file)
}

// TestVerify: what is wrong with a log is reported exactly, and so is what a repair does about it.
func TestVerify(t *testing.T) {
	whole, other := withValue(t), withValue(t)
	cell := func(n int) func(state) { return func(s state) { s[""][64*n+20] ^= 1 } }
	slot := func(n int) func(state) { return func(s state) { s[".end"][4096*n+20] ^= 1 } }
	for name, c := range map[string]struct {
		damage   func(state)
		lost     string
		entries  uint64
		values   uint64
		problems []string // a part of each
		whole    bool     // after a repair
	}{
		"nothing":                    {func(state) {}, "[]", 20, 1, nil, true},
		"the first entry":            {cell(1), "[1]", 19, 1, nil, false},
		"the last entry":             {cell(23), "[23]", 19, 1, nil, false},
		"two apart":                  {func(s state) { cell(3)(s); cell(5)(s) }, "[3 5]", 18, 1, nil, false},
		"two together":               {func(s state) { cell(3)(s); cell(4)(s) }, "[3-4]", 18, 1, nil, false},
		"a value's beginning":        {cell(11), "[11-13]", 20, 0, nil, false},
		"a value's middle":           {cell(12), "[11-13]", 20, 0, nil, false},
		"a value's end":              {cell(13), "[11-13]", 20, 0, nil, false},
		"what is before a value":     {cell(10), "[10]", 19, 1, nil, false},
		"what is behind a value":     {func(s state) { cell(13)(s); cell(14)(s) }, "[11-14]", 19, 0, nil, false},
		"cut off":                    {func(s state) { s[""] = s[""][:64*20] }, "[20-23]", 16, 1, nil, false},
		"cut off in an entry":        {func(s state) { s[""] = s[""][:64*20+63] }, "[20-23]", 16, 1, nil, false},
		"cut off in a value":         {func(s state) { s[""] = s[""][:64*13] }, "[11-23]", 10, 0, nil, false},
		"the header":                 {cell(0), "[]", 20, 1, []string{"header is damaged, at byte 0"}, false},
		"no log":                     {func(s state) { delete(s, "") }, "[1-23]", 0, 0, []string{"the log is missing"}, false},
		"an empty log":               {func(s state) { s[""] = nil }, "[1-23]", 0, 0, []string{"header is damaged"}, false},
		"no end":                     {func(s state) { delete(s, ".end") }, "[]", 20, 1, []string{"file .end is missing"}, false},
		"no end, and damage":         {func(s state) { delete(s, ".end"); cell(23)(s) }, "[23]", 19, 1, []string{"file .end is missing"}, false},
		"a damaged end":              {func(s state) { slot(0)(s); slot(1)(s) }, "[]", 20, 1, []string{"file .end is damaged"}, false},
		"the first slot of the end":  {slot(0), "[]", 20, 1, []string{"one of the two slots"}, true},
		"the second slot":            {slot(1), "[]", 20, 1, []string{"one of the two slots"}, true},
		"another log's end":          {func(s state) { s[".end"] = other[".end"] }, "[]", 20, 1, []string{"file .end is of another log"}, false},
		"another log's snapshot":     {func(s state) { s[".index"] = other[".index"] }, "[]", 20, 1, []string{"snapshot is of another log"}, true},
		"a snapshot's header":        {func(s state) { s[".index"][9] ^= 1 }, "[]", 20, 1, []string{"the snapshot is damaged"}, true},
		"a snapshot's users":         {func(s state) { s[".index"][len(s[".index"])-1] ^= 1 }, "[]", 20, 1, []string{"the whole log is read"}, true},
		"no snapshot":                {func(s state) { delete(s, ".index") }, "[]", 20, 1, nil, true},
		"header and end":             {func(s state) { cell(0)(s); delete(s, ".end") }, "[]", 20, 1, []string{"header is damaged", "file .end is missing"}, false},
		"an end that is another one": {func(s state) { cell(0)(s); s[".end"] = other[".end"] }, "[1-23]", 0, 0, []string{"header is damaged", "snapshot is of another log"}, false},
	} {
		file := path(t)
		damaged := whole.clone()
		c.damage(damaged)
		damaged.write(t, file)
		v, err := optout.Verify(context.Background(), file)
		if err != nil || fmt.Sprint(v.Lost) != c.lost || v.Entries != c.entries || v.Quarantined != c.values || v.Hashed != 0 || v.OldFormat {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if !slices.EqualFunc(v.Problems, c.problems, strings.Contains) || v.Intact() != (c.lost == "[]" && c.problems == nil) {
			t.Errorf("%s: %q, whole %v", name, v.Problems, v.Intact())
		}
		r, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true})
		if (errors.Is(err, optout.ErrWhole)) != c.whole || !c.whole && err != nil || fmt.Sprint(r.Lost) != c.lost || r.Kept != c.entries || r.Hashed != 0 || r.InSnapshot {
			t.Errorf("%s: repaired %+v, %v", name, r, err)
		}
		if left := directoryOf(t, strings.TrimSuffix(file, "/optouts.db")); left["optouts.db.new"] != nil || left["optouts.db.new.end"] != nil || left["optouts.db.new.index"] != nil {
			t.Errorf("%s: something is left of the repair", name)
		}
		if v, err := optout.Verify(context.Background(), file); err != nil || len(v.Lost) > 0 || v.Entries != c.entries || v.Quarantined != c.values || !c.whole && !v.Intact() {
			t.Errorf("%s: after the repair %+v, %v", name, v, err)
		}
	}
}

// TestVerifyInTime: a verification that hasn't ended in time says so, and finds no damage.
func TestVerifyInTime(t *testing.T) {
	file := path(t)
	withValue(t).write(t, file)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if v, err := optout.Verify(over, file); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestRepairFromSnapshot: users that the log has lost and its snapshot has stay opted out, if the
// snapshot is of this log; that is certain only if it covers everything that is lost.
func TestRepairFromSnapshot(t *testing.T) {
	whole := withValue(t)
	file := path(t)
	whole.write(t, file)
	s := open(t, file)
	fill(t, s, 20, 21)
	s.Close()
	longer := stateOf(t, file) // with entry 24, which the snapshot lacks
	for name, c := range map[string]struct {
		damage  func(state)
		options optout.RepairOptions
		err     error
		certain bool
		hashed  uint64
		users   int
	}{
		"within it":             {func(s state) { s[""][64*3+9] ^= 1 }, optout.RepairOptions{FromSnapshot: true}, nil, true, 1, 21},
		"its last one":          {func(s state) { s[""][64*23+9] ^= 1 }, optout.RepairOptions{FromSnapshot: true}, nil, true, 1, 21},
		"behind it":             {func(s state) { s[""][64*24+9] ^= 1 }, optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss, false, 0, 20},
		"within it and behind":  {func(s state) { s[""][64*3+9] ^= 1; s[""][64*24+9] ^= 1 }, optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss, false, 1, 20},
		"without it":            {func(s state) { s[""][64*3+9] ^= 1 }, optout.RepairOptions{}, optout.ErrLoss, false, 0, 20},
		"its end isn't known":   {func(s state) { delete(s, ".end") }, optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss, false, 0, 21},
		"a snapshot of another": {func(s state) { s[""][64*3+9] ^= 1; s[".index"] = withValue(t)[".index"] }, optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss, false, 0, 20},
		"all of it":             {func(s state) { delete(s, "") }, optout.RepairOptions{FromSnapshot: true}, optout.ErrLoss, false, 20, 20},
	} {
		file := path(t)
		damaged := longer.clone()
		c.damage(damaged)
		damaged.write(t, file)
		r, err := optout.Repair(context.Background(), file, c.options)
		if !errors.Is(err, c.err) || r.InSnapshot != c.certain || r.Hashed != c.hashed {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if err != nil {
			c.options.AcceptLoss = true
			if r, err = optout.Repair(context.Background(), file, c.options); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		s := open(t, file)
		if users := s.Stats().Users; users != c.users {
			t.Errorf("%s: %d users", name, users)
		}
		s.Close()
		if v, err := optout.Verify(context.Background(), file); err != nil || !v.Intact() || v.Hashed != c.hashed {
			t.Errorf("%s: after the repair %+v, %v", name, v, err)
		}
		log := openFile(t, file)
		if n, err := log.Hashed(context.Background()); n != int(c.hashed) || err != nil {
			t.Errorf("%s: %d hashed, %v", name, n, err)
		}
		log.Close()
		// A second repair keeps the same.
		again := stateOf(t, file)
		again[""][len(again[""])-1] ^= 1
		again.write(t, file)
		if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); err != nil {
			t.Errorf("%s: again: %v", name, err)
		}
		kept := c.users - 1
		if s := open(t, file); s.Stats().Users != kept {
			t.Errorf("%s: %d users after a second repair", name, s.Stats().Users)
		}
	}
}

// TestRepairFromCopies: entries come from a copy of the log by number, including those after its
// end, and from another log by user.
func TestRepairFromCopies(t *testing.T) {
	whole := withValue(t)
	file, older, newer, another := path(t), path(t), path(t), path(t)
	whole.write(t, older)
	whole.write(t, newer)
	s := open(t, newer)
	fill(t, s, 20, 25)
	s.Close()
	s = open(t, another)
	fill(t, s, 0, 40)
	s.Close()
	for name, c := range map[string]struct {
		from          []string
		copied, added uint64
		lost          string
		users         int
	}{
		"none":               {nil, 0, 0, "[3 7-8 20-23]", 13},
		"an older one":       {[]string{older}, 7, 0, "[]", 20},
		"a newer one":        {[]string{newer}, 12, 0, "[]", 25},
		"both":               {[]string{older, newer}, 12, 0, "[]", 25},
		"another":            {[]string{another}, 0, 27, "[3 7-8 20-23]", 40},
		"a newer and others": {[]string{another, newer}, 12, 15, "[]", 40},
	} {
		damaged := whole.clone()
		for _, n := range []int{3, 7, 8} {
			damaged[""][64*n+30] ^= 1
		}
		damaged[""] = damaged[""][:64*20]
		damaged.write(t, file)
		r, err := optout.Repair(context.Background(), file, optout.RepairOptions{From: c.from, AcceptLoss: true})
		if err != nil || r.Copied != c.copied || r.Added != c.added || fmt.Sprint(r.Lost) != c.lost || r.Kept != 13 || r.EndUnknown {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		for part, content := range stateOf(t, r.Damaged) {
			if !bytes.Equal(content, damaged[part]) {
				t.Errorf("%s: the damaged %q isn't kept", name, part)
			}
		}
		if _, err := os.Stat(file + ".index"); len(stateOf(t, r.Damaged)) != len(parts) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a part isn't kept, or its snapshot is that of the new one, %v", name, err)
		}
		s := open(t, file)
		if users := s.Stats().Users; users != c.users {
			t.Errorf("%s: %d users", name, users)
		}
		s.Close()
	}
	// A misspelled name must not count as a copy without entries.
	for _, whole := range []bool{true, false} {
		if !whole {
			damaged := stateOf(t, file)
			damaged[""][64*3+30] ^= 1
			damaged.write(t, file)
		}
		before := directoryOf(t, filepath.Dir(file))
		if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{From: []string{file + "-none"}, AcceptLoss: true}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a copy that isn't there: %v", err)
		}
		sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
	}
}

// TestVerifyStopped: reading a long log ends with its context, and a repair that was interrupted
// changes nothing.
func TestVerifyStopped(t *testing.T) {
	file := path(t)
	log := openFile(t, file)
	all := make([]optout.Entry, 40_000)
	for i := range all {
		all[i] = optout.Entry{UID: numbered(i), SinceMs: 1000}
	}
	if err := errors.Join(log.AppendAll(context.Background(), all), log.Close()); err != nil {
		t.Fatal(err)
	}
	damaged := stateOf(t, file)
	damaged[""][64*100+30] ^= 1
	damaged.write(t, file)
	before := directoryOf(t, filepath.Dir(file))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := optout.Verify(ctx, file); !errors.Is(err, context.Canceled) {
		t.Errorf("verified: %v", err)
	}
	if _, err := optout.Repair(ctx, file, optout.RepairOptions{AcceptLoss: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("repaired: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	adding := optout.RepairOptions{AcceptLoss: true, Add: func(ctx context.Context, _ *optout.File) error {
		cancel()
		return ctx.Err()
	}}
	if _, err := optout.Repair(ctx, file, adding); !errors.Is(err, context.Canceled) {
		t.Errorf("repaired: %v", err)
	}
	sameFiles(t, before, directoryOf(t, filepath.Dir(file)))
	adding.Add = func(ctx context.Context, log *optout.File) error {
		return log.Append(ctx, optout.Entry{UID: numbered(len(all)), SinceMs: 1000})
	}
	if r, err := optout.Repair(context.Background(), file, adding); err != nil || r.Added != 1 || r.Kept != uint64(len(all)-1) {
		t.Errorf("%+v, %v", r, err)
	}
	if s := open(t, file); s.Stats().Users != len(all) {
		t.Errorf("%d users", s.Stats().Users)
	}
}

// TestRepairNotKept: a damaged log that can't be kept under another name stays where it is.
func TestRepairNotKept(t *testing.T) {
	file := path(t)
	damaged := withValue(t)
	damaged[""][64*3+30] ^= 1
	damaged.write(t, file)
	if err := os.Mkdir(file+".end.new", 0o700); err != nil { // the figure would be rewritten there
		t.Fatal(err)
	}
	if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); err == nil {
		t.Error("repaired")
	}
	for part, content := range stateOf(t, file) {
		if !bytes.Equal(content, damaged[part]) {
			t.Errorf("%q was changed", part)
		}
	}
	if err := os.Remove(file + ".end.new"); err != nil {
		t.Fatal(err)
	}
	if r, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); err != nil || r.Kept != 19 {
		t.Errorf("%+v, %v", r, err)
	}
}
