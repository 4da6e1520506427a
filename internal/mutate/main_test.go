package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const sample = "./testdata/sample"

// runReported runs the command and returns the report that it writes. It must end with this error.
func runReported(t *testing.T, want error, args ...string) *report {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.json")
	if err := run(t.Context(), append([]string{"-json", name}, args...)); !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var reports []*report
	if err := json.Unmarshal(data, &reports); err != nil || len(reports) != 1 {
		t.Fatalf("%v, %d reports", err, len(reports))
	}
	return reports[0]
}

// TestSample tries changes of a package whose tests leave some unnoticed, and whose list of those
// is wrong.
func TestSample(t *testing.T) {
	r := runReported(t, errShort, "-match", "errNegative = |Sign: if|Half: return|Larger|Count", sample)
	var got []string
	for _, c := range r.Changes {
		got = append(got, strings.TrimSpace(fmt.Sprint(c.Name, " ", c.Result, " ", c.NoticedBy)))
	}
	want := []string{
		`sample.go: var errNegative = errors.New([["a negative number" => ""]]) unnoticed`,
		`sample.go Sign: if n [[< => <=]] 0 { failed TestSign`,
		`sample.go Sign: if n [[< => >=]] 0 { failed TestSign`,
		`sample.go Sign: if n < [[0 => 1]] { failed TestSign`,
		`sample.go Sign: if n < [[0 => -1]] { unnoticed`,
		`sample.go Half: return [[0 => 1]], errNegative unnoticed`,
		`sample.go Half: return [[0 => -1]], errNegative unnoticed`,
		`sample.go Half: return 0, [[errNegative => nil]] unnoticed`,
		`sample.go Half: return n [[/ => *]] 2, nil failed TestHalf`,
		`sample.go Half: return n / [[2 => 3]], nil failed TestHalf`,
		`sample.go Half: return n / [[2 => 1]], nil failed TestHalf`,
		`sample.go Larger: if a [[> => >=]] b { unnoticed`,
		`sample.go Larger: if a [[> => <=]] b { failed TestLarger`,
		`sample.go Larger: [[return a => (removed)]] failed TestLarger`,
		`sample.go Count: for n [[!= => ==]] to { failed TestCount`,
		`sample.go Count: [[n++ => (removed)]] timed out`,
		`sample.go Count: n[[++ => --]] timed out`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(r.Faults) != 2 || !strings.Contains(r.Faults[0], "Sign: if n [[< => <=]]") || !strings.Contains(r.Faults[1], "Gone") {
		t.Errorf("%q", r.Faults)
	}
}

// TestAgainWithFurtherTests tries the unnoticed changes of an earlier report, and another package
// notices them.
func TestAgainWithFurtherTests(t *testing.T) {
	name := filepath.Join(t.TempDir(), "before.json")
	before := []*report{{Changes: []*Change{
		{Name: "sample.go Half: return n [[/ => *]] 2, nil", Result: Failed},
		{Name: "sample.go Half: return 0, [[errNegative => nil]]", Result: Unnoticed},
	}}}
	if err := writeJSON(name, before); err != nil {
		t.Fatal(err)
	}
	r := runReported(t, errShort, "-again", name, "-tests", "./testdata/further", sample)
	if len(r.Changes) != 1 || r.Changes[0].Result != Failed || r.Changes[0].NoticedBy != "TestNegative" {
		t.Errorf("%+v", r.Changes)
	}
}

// TestChosenTests: only the selected tests are used.
func TestChosenTests(t *testing.T) {
	const sign, half = "sample.go Sign: if n [[< => >=]] 0 {", "sample.go Half: return n [[/ => *]] 2, nil"
	for _, c := range []struct{ flag, tests, noticed string }{
		{"-run", "TestSign", sign},
		{"-skip", "TestHalf", sign},
		{"-run", "TestHalf|TestLarger", half},
		{"-skip", "TestSign", half},
	} {
		r := runReported(t, errShort, c.flag, c.tests, "-match", `Sign: if n \[\[< => >=|Half: return n \[\[/ => \*`, sample)
		if len(r.Changes) != 2 {
			t.Fatalf("%d changes", len(r.Changes))
		}
		for _, change := range r.Changes {
			if change.noticed() != (change.Name == c.noticed) {
				t.Errorf("%s %s: %s %s", c.flag, c.tests, change.Name, change.Result)
			}
		}
	}
}

func TestSome(t *testing.T) {
	for want, args := range map[bool][][]string{false: {nil, {"-tests", "p"}}, true: {{"-run", "A"}, {"-skip", "A"}, {"-files", "a.go"}}} {
		for _, a := range args {
			if o, _, err := parseFlags(a); err != nil || o.some() != want {
				t.Errorf("%q: %v, %v", a, !want, err)
			}
		}
	}
}

func TestUnknownFile(t *testing.T) {
	if err := run(t.Context(), []string{"-files", "sample.go,gone.go", sample}); err == nil || !strings.Contains(err.Error(), "gone.go") {
		t.Error(err)
	}
}

func TestTestsThatFailAnyway(t *testing.T) {
	err := run(t.Context(), []string{"-match", "errNegative", "-tests", "./testdata/failing", sample})
	if err == nil || !strings.Contains(err.Error(), "without a change") || !strings.Contains(err.Error(), "TestFails") {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	var all []*Change
	for i := range 100 {
		all = append(all, &Change{Name: fmt.Sprint("change ", i)})
	}
	o := &options{match: regexp.MustCompile("[0-4]$"), sample: 10, seed: 3}
	first, _ := choose(all, o)
	second, _ := choose(all, o)
	o.seed = 4
	other, _ := choose(all, o)
	if len(first) != 10 || !slices.Equal(first, second) || slices.Equal(first, other) {
		t.Errorf("%d, %d and %d changes", len(first), len(second), len(other))
	}
	order := func(a, b *Change) int { return slices.Index(all, a) - slices.Index(all, b) }
	if !slices.IsSortedFunc(first, order) {
		t.Error("not in the order of the code")
	}
	for _, c := range first {
		if c.Name[len(c.Name)-1] > '4' {
			t.Error(c.Name)
		}
	}
}

// TestPackages: without a pattern, the packages with a list are used.
func TestPackages(t *testing.T) {
	t.Chdir("../..")
	paths, err := expand(nil)
	if err != nil || !slices.Contains(paths, "github.com/uid2rtb/uid2rtb/bidstream") {
		t.Errorf("%v, %q", err, paths)
	}
	for _, path := range paths {
		if strings.Contains(path, "internal/mutate") {
			t.Error(path)
		}
	}
}
