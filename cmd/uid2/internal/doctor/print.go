package doctor

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// colours of statuses on a terminal.
var colours = map[Status]string{OK: "32", Warning: "33", Wrong: "31", NotChecked: "2"}

// Print writes the findings for people: those that are worth one's time, or all, and a summary.
func Print(w io.Writer, all []Finding, verbose, colour bool) error {
	shown := slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return !verbose && !worthTime(all, f) })
	width := 0
	for _, f := range shown {
		width = max(width, len(f.Check))
	}
	var b strings.Builder
	for _, f := range shown {
		printFinding(&b, f, width, colour)
	}
	fmt.Fprintln(&b, Summary(all))
	_, err := io.WriteString(w, b.String())
	return err
}

// worthTime reports whether a finding is shown unless all are: what wasn't checked only beside what
// failed.
func worthTime(all []Finding, f Finding) bool {
	return f.Status == Warning || f.Status == Wrong || f.Status == NotChecked && Count(all, Wrong) > 0
}

// longest is the width of the longest status.
const longest = len(NotChecked)

func printFinding(b *strings.Builder, f Finding, width int, colour bool) {
	status := fmt.Sprintf("%-*s", longest, f.Status)
	if colour {
		status = "\x1b[" + colours[f.Status] + "m" + status + "\x1b[0m"
	}
	fmt.Fprintf(b, "%s  %-*s  %s\n", status, width, f.Check, f.Text)
	if f.Remedy != "" {
		fmt.Fprintf(b, "%*s%s\n", longest+width+4, "", f.Remedy)
	}
}

// Summary is all of it in a line.
func Summary(all []Finding) string {
	wrong, warnings, skipped := Count(all, Wrong), Count(all, Warning), Count(all, NotChecked)
	text := "all is well: " + plural.Count(Count(all, OK), "check")
	if wrong+warnings > 0 {
		text = fmt.Sprintf("%d wrong, %s, %d ok", wrong, plural.Count(warnings, "warning"), Count(all, OK))
	}
	if skipped > 0 {
		text += fmt.Sprintf(", %d not checked", skipped)
	}
	return text
}
