package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// report is the output of -json.
type report struct {
	Results    []result `json:"requests"`
	Live       *live    `json:"live,omitempty"`
	AsExpected bool     `json:"as_expected"`
	TookMs     int64    `json:"took_ms"`
}

// show writes the results in the requested format. No format has raw UIDs.
func show(out io.Writer, o options, all played, took time.Duration) error {
	if o.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report{Results: all.results, Live: all.live, AsExpected: all.asExpected(), TookMs: took.Milliseconds()})
	}
	if o.verbose {
		for _, r := range all.results {
			if err := writeUsers(out, r); err != nil {
				return err
			}
		}
	}
	if len(all.results) > 0 {
		writeTable(out, all.results)
	}
	writeSummary(out, all.results, took)
	if all.live != nil {
		writeLive(out, all.live)
	}
	return nil
}

// writeLive shows the user who opted out during the run.
func writeLive(out io.Writer, l *live) {
	fmt.Fprintf(out, "\na user opts out at the operator, whose webhook reaches the module in %d ms; the bidder\n", l.TookMs)
	fmt.Fprint(out, "  before: ")
	writeReceived(out, l.Before)
	fmt.Fprint(out, "  after:  ")
	writeReceived(out, l.After)
	if !l.AsExpected {
		fmt.Fprintln(out, "which is NOT as expected")
	}
}

// writeUsers shows the user object that each bidder received.
func writeUsers(out io.Writer, r result) error {
	fmt.Fprintf(out, "%s: %s\n", fullName(r), r.description)
	for _, b := range r.Bidders {
		if b.user == nil {
			continue
		}
		user, err := json.Marshal(b.user)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s: %s\n", b.Bidder, withoutRaw(string(user), b.UIDs))
	}
	return nil
}

// withoutRaw replaces the raw UIDs in a text.
func withoutRaw(text string, uids []uid) string {
	for _, u := range uids {
		if u.HasRaw {
			text = strings.ReplaceAll(text, u.raw, "[raw UID]")
		}
	}
	return text
}
