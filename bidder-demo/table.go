package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// lineWidth is what every terminal has room for. Tables and prose fit it; -v's users don't.
const lineWidth = 100

// columns have the widths that the samples need. With a blank between them they fit a line; what is
// wider, as a name of the user's own, is cut.
var columns = []struct {
	name  string
	width int
	right bool
}{{"request", 37, false}, {"bidder", 9, false}, {"token", 7, false}, {"status", 26, false}, {"raw", 3, false}, {"USD", 6, true}, {"µs", 5, true}}

// writeTable writes a line for each uid that a bidder received.
func writeTable(out io.Writer, results []result) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	style := t.Style()
	style.Format.Header = text.FormatDefault // upper case makes Μ of µ
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", " "
	t.SuppressTrailingSpaces()
	var header table.Row
	var configs []table.ColumnConfig
	for i, c := range columns {
		header = append(header, c.name)
		config := table.ColumnConfig{Number: i + 1, WidthMax: c.width, WidthMaxEnforcer: cut}
		if c.right {
			config.Align, config.AlignHeader = text.AlignRight, text.AlignRight
		}
		configs = append(configs, config)
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(header)
	for _, r := range results {
		for _, row := range rows(r) {
			t.AppendRow(row)
		}
	}
	t.Render()
}

// cut shortens what is too wide for a column.
func cut(what string, width int) string { return text.Snip(what, width, "…") }

// rows returns the lines of one request. Values equal to those in the line above are left blank.
func rows(r result) (rows []table.Row) {
	for _, b := range merged(r.Bidders) {
		for _, cells := range uidCells(b) {
			rows = append(rows, append(append(table.Row{""}, cells...), ""))
		}
	}
	if len(rows) == 0 {
		rows = []table.Row{{"", "nobody", "", "", "", "", ""}}
	}
	first := rows[0]
	first[0], first[len(first)-1] = fullName(r), fmt.Sprintf("%.0f", r.HooksUs)
	return rows
}

// bothListed stands for demodsp and demodsp26.
const bothListed = "both"

// merged returns the bidders that were called; the two listed ones as one if they got the same.
func merged(bidders []received) (called []received) {
	for _, b := range bidders {
		if b.Outcome == outcomeNotCalled {
			continue
		}
		if len(called) == 1 && called[0].Bidder == demoDSP && b.Bidder == demoDSP26 && slices.EqualFunc(uidCells(called[0]), uidCells(b), sameButBidder) {
			called[0].Bidder = bothListed
			continue
		}
		called = append(called, b)
	}
	return called
}

func sameButBidder(a, b table.Row) bool { return slices.Equal(a[1:], b[1:]) }

// uidCells returns the cells from bidder to bid, for each uid of one bidder.
func uidCells(b received) (lines []table.Row) {
	for _, u := range b.UIDs {
		lines = append(lines, table.Row{"", tokenText(u), statusText(u), yesNo(u.HasRaw), ""})
	}
	if len(lines) == 0 {
		lines = []table.Row{{"", "none", "", "", ""}}
	}
	bid := "no bid"
	if b.PriceUSD > 0 {
		bid = fmt.Sprintf("%.2f", b.PriceUSD)
	}
	lines[0][0], lines[0][4] = b.Bidder, bid
	return lines
}

func fullName(r result) string {
	return strings.TrimPrefix(r.OpenRTB+" ", " ") + r.Name
}

// tokenText returns whose token it is, and its version.
func tokenText(u uid) string {
	if u.Version == 0 {
		return scopeText(u)
	}
	return fmt.Sprintf("%s v%d", scopeText(u), u.Version)
}

func scopeText(u uid) string {
	if openrtb.SourceOf(u.Source) == openrtb.SourceEUID {
		return "EUID"
	}
	return "UID2"
}

func statusText(u uid) string {
	switch {
	case u.Status == "":
		return "(token only)"
	case u.Reason != "":
		return u.Status + " " + u.Reason
	case u.Status == "Success" && u.OptedOut == nil:
		return u.Status + ", opt-outs unknown"
	}
	return u.Status
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
	fmt.Fprintf(out, "%d of %s as expected; %s annotated for %s and %s; %.1f s\n",
		good, plural.Count(len(results), "request"), plural.Count(uids, "uid"), demoDSP, demoDSP26, took.Seconds())
	if len(hooks) > 0 {
		slices.Sort(hooks)
		fmt.Fprintf(out, "time in the hooks of an auction: median %.0f µs, longest %.0f µs\n", hooks[len(hooks)/2], hooks[len(hooks)-1])
	}
}
