package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// csvOf returns opt-outs of this many users.
func csvOf(s *uid2test.Server, users int) string {
	var text strings.Builder
	for i := range users {
		fmt.Fprintf(&text, "%s,1700000000\n", s.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}).Reveal())
	}
	return text.String()
}

// uidsOf returns the raw UIDs of a CSV, one per line.
func uidsOf(csv string) string {
	var uids strings.Builder
	for line := range strings.Lines(csv) {
		text, _, _ := strings.Cut(line, ",")
		uids.WriteString(text + "\n")
	}
	return uids.String()
}

// damage overwrites a part of a file.
func damage(t *testing.T, file string, at int) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[at] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOptOutNoStore: commands that only read create nothing if nothing exists.
func TestOptOutNoStore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "optouts.db")
	for _, command := range []string{"check", "export", "quarantine", "compact", "verify", "repair"} {
		if r := uid2(t, "", "optout", command, "-store", file); r.code != exitInput || !strings.Contains(r.err, "no such file") {
			t.Errorf("%s: exit code %d: %s", command, r.code, r.err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, content := range []string{"", "no log"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"check", "export", "quarantine", "compact", "verify", "import", "backfill"} {
			local(t)
			if r := uid2(t, "", "optout", command, "-store", file); r.code != exitDamaged {
				t.Errorf("%s of %q: exit code %d: %s", command, content, r.code, r.err)
			}
		}
	}
}

// TestOptOutRepair: every command reports a damaged store, and a repair restores what is lost from
// the given sources.
func TestOptOutRepair(t *testing.T) {
	s := local(t)
	dir := t.TempDir()
	file, backup := filepath.Join(dir, "optouts.db"), filepath.Join(dir, "backup.db")
	csv := csvOf(s, 20)
	ok(t, csv, "optout", "import", "-store", file)
	if got := ok(t, "", "optout", "verify", "-store", file); got != "20 entries, 0 quarantined values are whole\n" {
		t.Error(got)
	}
	for _, part := range []string{"", ".end"} {
		content, err := os.ReadFile(file + part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(backup+part, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage(t, file, 64*5+20)
	for _, command := range []string{"check", "export", "quarantine", "compact", "verify", "import"} {
		if r := uid2(t, "", "optout", command, "-store", file); r.code != exitDamaged || !strings.Contains(r.err, "uid2 optout repair") {
			t.Errorf("%s: exit code %d: %s", command, r.code, r.err)
		}
	}
	r := uid2(t, "", "optout", "verify", "-store", file)
	if !strings.HasSuffix(r.out, "entry 5 is damaged or missing\n") {
		t.Error(r.out)
	}
	if r := uid2(t, "", "optout", "repair", "-store", file); r.code != exitDamaged || !strings.Contains(r.out, "nobody has the entries 5\n") || !strings.Contains(r.err, "-accept-loss") {
		t.Errorf("%+v", r)
	}
	got := ok(t, "", "optout", "repair", "-store", file, "-from", backup)
	if !strings.Contains(got, "19 entries are whole, 1 came from other copies") {
		t.Error(got)
	}
	if got := ok(t, "", "optout", "repair", "-store", file); !strings.Contains(got, "is whole") {
		t.Error(got)
	}
	if got := ok(t, "", "optout", "export", "-store", file); strings.Count(got, "\n") != 20 || len(got) != len(csv) {
		t.Error(got)
	}
}

// TestOptOutRepairFromOthers: the operator and the fleet's stream are asked about what is lost.
func TestOptOutRepairFromOthers(t *testing.T) {
	s := local(t)
	file := filepath.Join(t.TempDir(), "optouts.db")
	csv := csvOf(s, 20)
	for i := range 20 {
		s.OptOut(s.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}), time.Unix(1_700_000_000, 0))
	}
	ok(t, csv, "optout", "import", "-store", file)
	damage(t, file, 64*5+20)
	got := ok(t, "", "optout", "repair", "-store", file, "-from-operator", write(t, uidsOf(csv)), "-accept-loss")
	if !strings.Contains(got, "19 entries are whole, 0 came from other copies of the store, 20 from others\n") {
		t.Error(got)
	}
	ok(t, "", "optout", "compact", "-store", file)
	if got := ok(t, "", "optout", "export", "-store", file); len(got) != len(csv) {
		t.Error(got)
	}

	cluster := natstest.Start(t, 1, natstest.Options{})
	copied := filepath.Join(t.TempDir(), "copy.db")
	ok(t, csv, "optout", "import", "-store", copied, "-nats-urls", cluster.URLs())
	damage(t, copied, 64*5+20)
	got = ok(t, "", "optout", "repair", "-store", copied, "-nats-urls", cluster.URLs(), "-accept-loss")
	if !strings.Contains(got, "19 entries are whole, 0 came from other copies of the store, 1 from others\n") {
		t.Error(got)
	}
}

// TestOptOutRepairFromSnapshot: users who are only in the snapshot are honored, and an export
// reports that they are missing.
func TestOptOutRepairFromSnapshot(t *testing.T) {
	s := local(t)
	file := filepath.Join(t.TempDir(), "optouts.db")
	csv := csvOf(s, 20)
	ok(t, csv, "optout", "import", "-store", file)
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	store := optout.Open(log)
	if err := errors.Join(store.Snapshot(t.Context()), store.Close()); err != nil {
		t.Fatal(err)
	}
	damage(t, file, 64*5+20)
	got := ok(t, "", "optout", "repair", "-store", file, "-from-snapshot")
	if !strings.Contains(got, "1 user is known by a hash alone") || !strings.Contains(got, "nobody has the entries 5\n") || !strings.Contains(got, "stay opted out") {
		t.Error(got)
	}
	if got := ok(t, "", "optout", "verify", "-store", file); !strings.HasPrefix(got, "19 entries, 0 quarantined values, 1 user of whom only a hash is left are whole\n") {
		t.Error(got)
	}
	if r := uid2(t, "", "optout", "export", "-store", file); r.code != exitOK || strings.Count(r.out, "\n") != 19 || !strings.Contains(r.err, "1 user is known by a hash alone") {
		t.Errorf("%+v", r)
	}
	if got := ok(t, uidsOf(csv), "optout", "check", "-store", file); strings.Count(got, `"opted_out":true`) != 20 {
		t.Error(got)
	}
}

// TestOptOutImportFromPipe: from a pipe, entries are added up to the invalid line, and that is
// reported.
func TestOptOutImportFromPipe(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	file := filepath.Join(t.TempDir(), "optouts.db")
	pipe := io.MultiReader(strings.NewReader(csvOf(s, 3)), strings.NewReader("canary,1\n"), strings.NewReader(csvOf(s, 2)))
	var out, errs strings.Builder
	a := &app{in: pipe, out: &out, err: &errs, now: time.Now}
	if code := a.run(t.Context(), []string{"uid2", "optout", "import", "-store", file}); code != exitInput || out.String() != "3 opt-outs added\n" || !strings.Contains(errs.String(), "line 4") {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	if got := ok(t, "", "optout", "export", "-store", file); strings.Count(got, "\n") != 3 {
		t.Error(got)
	}
}

// TestOptOutImportMany: an import of several batches is complete.
func TestOptOutImportMany(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	file := filepath.Join(t.TempDir(), "optouts.db")
	const users = 2*importBatch + 5
	csv := csvOf(s, users)
	if got := ok(t, csv, "optout", "import", "-store", file); got != fmt.Sprintf("%d opt-outs added\n", users) {
		t.Error(got)
	}
	if got := ok(t, "", "optout", "export", "-store", file); got != csv {
		t.Error("what is exported is something else")
	}
}
