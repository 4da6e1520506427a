package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// writeTable writes a line for each uid that a bidder received, and the problems below.
func writeTable(out io.Writer, results []result) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // upper case makes Μ of µ
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 8, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 9, Align: text.AlignRight, AlignHeader: text.AlignRight},
	})
	t.AppendHeader(table.Row{"request", "bidder", "source", "version", "status", "opted out", "raw UID", "bid USD", "hooks µs", ""})
	for _, r := range results {
		for _, row := range rows(r) {
			t.AppendRow(row)
		}
	}
	t.Render()
	for _, r := range results {
		for _, problem := range r.Problems {
			fmt.Fprintf(out, "%s: %s\n", fullName(r), problem)
		}
	}
}

// rows returns the lines of one request. Values equal to those in the line above are left blank.
func rows(r result) (rows []table.Row) {
	for _, b := range r.Bidders {
		for _, cells := range uidCells(b) {
			rows = append(rows, append(append(table.Row{""}, cells...), "", ""))
		}
	}
	if len(rows) == 0 {
		rows = []table.Row{{"", "", "", "", "", "", "", "", "", ""}}
	}
	first := rows[0]
	first[0], first[8], first[9] = fullName(r), fmt.Sprintf("%.0f", r.HooksUs), mark(r.AsExpected)
	return rows
}

// uidCells returns the cells from bidder to bid, for each line of one bidder; none if it wasn't
// called.
func uidCells(b received) (lines []table.Row) {
	if b.Outcome == outcomeNotCalled {
		return nil
	}
	bid := "no bid"
	if b.PriceUSD > 0 {
		bid = fmt.Sprintf("%.2f", b.PriceUSD)
	}
	for _, u := range b.UIDs {
		lines = append(lines, table.Row{"", u.Source, versionText(u.Version), statusText(u), optedOutText(u), yesNo(u.HasRaw), ""})
	}
	if len(lines) == 0 {
		lines = []table.Row{{"", "none", "", "", "", "", ""}}
	}
	lines[0][0], lines[0][6] = b.Bidder, bid
	return lines
}

func fullName(r result) string {
	return strings.TrimPrefix(r.OpenRTB+" ", " ") + r.Name
}

func mark(ok bool) string {
	if ok {
		return "ok"
	}
	return "NOT OK"
}

func versionText(version int) string {
	if version == 0 {
		return "?"
	}
	return fmt.Sprintf("v%d", version)
}

func statusText(u uid) string {
	switch {
	case u.Status == "":
		return "(token only)"
	case u.Reason != "":
		return u.Status + " " + u.Reason
	}
	return u.Status
}

func optedOutText(u uid) string {
	switch {
	case u.OptedOut != nil:
		return yesNo(*u.OptedOut)
	case u.Status == "Success":
		return "unknown"
	}
	return ""
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// writeSummary summarizes the results in a few lines.
func writeSummary(out io.Writer, results []result, took time.Duration) {
	good, uids := 0, 0
	hooks := make([]float64, 0, len(results))
	for _, r := range results {
		if r.AsExpected {
			good++
		}
		for _, b := range r.Bidders {
			uids += len(b.annotated())
		}
		hooks = append(hooks, r.HooksUs)
	}
	fmt.Fprintf(out, "%d of %d requests as expected; %d uids annotated for %s and %s; %.1f s\n",
		good, len(results), uids, demoDSP, demoDSP26, took.Seconds())
	if len(hooks) > 0 {
		slices.Sort(hooks)
		fmt.Fprintf(out, "time in the hooks of an auction: median %.0f µs, longest %.0f µs\n", hooks[len(hooks)/2], hooks[len(hooks)-1])
	}
}
