package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// report has the results of a package's changes.
type report struct {
	Package string
	Seconds float64
	Changes []*Change
	Faults  []string `json:",omitempty"` // problems with the list of known changes

	known   *known
	partial bool // not all changes were tried, or not with all tests
}

// tally counts changes that compile.
type tally struct {
	all, noticed, timedOut, wording, listed, open int
}

func (r *report) tally() tally {
	var t tally
	for _, c := range r.Changes {
		if c.Result == NoProgram {
			continue
		}
		t.all++
		switch {
		case c.noticed():
			t.noticed++
		case r.known.reasons[c.Name] != "":
			t.listed++
		case c.Wording:
			t.wording++
		default:
			t.open++
		}
		if c.Result == TimedOut {
			t.timedOut++
		}
	}
	return t
}

// percent returns the percentage of changes that were noticed.
func (t tally) percent() float64 {
	if t.all == 0 {
		return 100
	}
	return 100 * float64(t.noticed) / float64(t.all)
}

// good reports whether enough changes were noticed and the list of known changes is correct. The
// required percentage is about all changes and all tests, and doesn't apply to a part.
func (r *report) good() bool {
	return len(r.Faults) == 0 && (r.partial || r.tally().percent() >= r.known.least)
}

// printUnnoticed writes a change that wasn't noticed, with the reason if there is one.
func (r *report) printUnnoticed(w io.Writer, c *Change) {
	if c.Result != Unnoticed {
		return
	}
	reason := r.known.reasons[c.Name]
	switch {
	case reason != "":
	case c.Wording:
		reason = "wording"
	default:
		reason = "NOT NOTICED"
	}
	fmt.Fprintf(w, "%s:%d:%d: %s -> %s\n\t%s\n\t%s\n",
		relative(c.file.path), c.Line, c.Column, c.Old, c.New, c.Name, reason)
}

// relative returns a path relative to the working directory.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil {
		return short
	}
	return path
}

// printFaults writes what is wrong with the list of known changes.
func (r *report) printFaults(w io.Writer) {
	for _, fault := range r.Faults {
		fmt.Fprintf(w, "%s: %s\n", r.Package, fault)
	}
}

// printTable writes a line for each package.
func printTable(w io.Writer, reports []*report) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "package\tchanges\tnoticed\t%\tat least\tof them timed out\tunnoticed: listed\twording\tother\ttime")
	for _, r := range reports {
		t := r.tally()
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t%g\t%d\t%d\t%d\t%d\t%.0f s\n", r.Package, t.all, t.noticed, t.percent(),
			r.known.least, t.timedOut, t.listed, t.wording, t.open, r.Seconds)
	}
	table.Flush()
}

func writeJSON(name string, reports []*report) error {
	data, err := json.MarshalIndent(reports, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}
