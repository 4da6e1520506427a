package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/uid2rtb/uid2rtb/fixtures"
)

var update = flag.Bool("update", false, "write the golden file")

// steady replaces what differs from run to run: times, and a sample from which Prebid Server drops
// an eid at random.
func steady(text string) string {
	for _, r := range []struct{ what, by string }{
		{`(?m)^2\.6 site-eidpermissions .*\n( .*\n)*`, ""},
		{`USD +µs`, "USD µs"},
		{`─+`, "─"},
		{`(?m)^(2\.[56] .*[^ ]) +\d+$`, "$1 #"},
		{`\d+ uids annotated`, "# uids annotated"},
		{`[0-9.]+( s| ms| µs)\b`, "#$1"},
	} {
		text = regexp.MustCompile(r.what).ReplaceAllString(text, r.by)
	}
	return text
}

// TestGoldenOutput: what differs from the plain case, as a user sees it.
func TestGoldenOutput(t *testing.T) {
	_, stdout, _ := play(t)
	file := filepath.Join("testdata", "output.txt")
	got := steady(stdout)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// tooWide returns the lines that don't fit.
func tooWide(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > lineWidth || strings.HasSuffix(line, " ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestWidth: everything fits, whatever the user's files are called; only the users of -v, in JSON,
// may be wider.
func TestWidth(t *testing.T) {
	long := strings.Repeat("long-", 40)
	own := directory(t, map[string]string{long + ".json": `{"id":"x","imp":[]}`})
	for _, args := range [][]string{nil, {"-v"}, {"-requests", own}, {"-v", "-requests", own}} {
		_, stdout, _ := play(t, args...)
		for _, line := range tooWide(regexp.MustCompile(`(?m)^  \w+: \{.*\n`).ReplaceAllString(stdout, "")) {
			t.Errorf("%v: %q", args, line)
		}
		if !strings.Contains(stdout, "Next: ") {
			t.Errorf("%v: it doesn't say what to look at next", args)
		}
	}
}

// TestEverythingIsShown: -v has a line for each sample, and without it those are left out of which
// the plain case says everything.
func TestEverythingIsShown(t *testing.T) {
	_, short, _ := play(t)
	_, all, _ := play(t, "-v")
	left := 0
	for _, s := range fixtures.Samples() {
		row := "\n" + s.OpenRTB + " " + s.Name + " "
		if !strings.Contains(all, row) {
			t.Errorf("-v: %s is missing", s.Name)
		}
		if !strings.Contains(short, row) {
			left++
		}
	}
	if left != 13 {
		t.Errorf("%d samples are plain", left)
	}
}

// TestPlain: a request is only plain if nothing about it is worth a look.
func TestPlain(t *testing.T) {
	no := false
	good := func() result {
		uids := []uid{{Source: "uidapi.com", Version: 4, Status: "Success", OptedOut: &no, HasRaw: true}}
		listed := received{Outcome: outcomeBid, PriceUSD: priceAudience, UIDs: uids}
		first, second := listed, listed
		first.Bidder, second.Bidder = demoDSP, demoDSP26
		second.UIDs = []uid{uids[0]}
		other := received{Bidder: unlisted, Outcome: outcomeBidUnknown, PriceUSD: priceUnknown, UIDs: []uid{{Source: "uidapi.com", Version: 4}}}
		return result{AsExpected: true, Bidders: []received{first, second, other}}
	}
	if !plain(good()) {
		t.Error("the plain case isn't")
	}
	for name, change := range map[string]func(*result){
		"not as expected":        func(r *result) { r.AsExpected = false },
		"another price":          func(r *result) { r.Bidders[0].PriceUSD = priceKnown },
		"another status":         func(r *result) { r.Bidders[1].UIDs[0].Status = "ExpiredToken" },
		"no raw UID":             func(r *result) { r.Bidders[1].UIDs[0].HasRaw = false },
		"two uids":               func(r *result) { r.Bidders[0].UIDs = append(r.Bidders[0].UIDs, r.Bidders[0].UIDs[0]) },
		"not called":             func(r *result) { r.Bidders[0] = received{Bidder: demoDSP, Outcome: outcomeNotCalled} },
		"a raw UID unlisted":     func(r *result) { r.Bidders[2].UIDs[0].HasRaw = true },
		"an annotation unlisted": func(r *result) { r.Bidders[2].UIDs[0].Status = "Success" },
	} {
		r := good()
		change(&r)
		if plain(r) {
			t.Errorf("%s: it counts as plain", name)
		}
	}
}
