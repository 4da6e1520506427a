package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// plain reports whether nothing about a request is worth a line: each listed bidder received one
// token, which opened, with its raw UID, and bid for an advertiser's audience.
func plain(r result) bool {
	if !r.AsExpected {
		return false
	}
	for _, b := range r.Bidders {
		switch {
		case b.Bidder == unlisted:
			if slices.ContainsFunc(b.UIDs, func(u uid) bool { return u.HasRaw || u.Status != "" }) {
				return false
			}
		case len(b.UIDs) != 1 || b.PriceUSD != priceAudience || !b.UIDs[0].HasRaw || b.UIDs[0].Status != "Success":
			return false
		}
	}
	return true
}

// notPlain returns what isn't the plain case, and how often each kind of token was in one that is.
func notPlain(results []result) (others []result, kinds map[string]int) {
	kinds = map[string]int{}
	for _, r := range results {
		if plain(r) {
			kinds[tokenText(r.Bidders[0].UIDs[0])]++
		} else {
			others = append(others, r)
		}
	}
	return others, kinds
}

// writeDifferences says what the plain case is, and shows what differs from it. An unlisted bidder
// is left out where it got the token alone, as it should.
func writeDifferences(out io.Writer, results []result) {
	others, kinds := notPlain(results)
	if n := len(results) - len(others); n > 0 {
		writeWrapped(out, fmt.Sprintf("The plain case: a token that opens, of a user who hasn't opted out. Each listed bidder gets the raw UID, and bids %.2f USD; so it was in %d of %s (%s).",
			priceAudience, n, plural.Count(len(results), "request"), kindsText(kinds)))
		if len(others) > 0 {
			fmt.Fprintln(out, "What differs:")
		}
		fmt.Fprintln(out)
	}
	for i, r := range others {
		others[i].Bidders = slices.DeleteFunc(slices.Clone(r.Bidders), func(b received) bool {
			return b.Bidder == unlisted && len(r.Bidders) > 1 && len(b.annotated()) == 0
		})
	}
	if len(others) > 0 {
		writeTable(out, others)
		fmt.Fprintln(out)
	}
}

func kindsText(kinds map[string]int) string {
	var texts []string
	for kind, n := range kinds {
		texts = append(texts, fmt.Sprintf("%s: %d", kind, n))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

// writeProblems writes what wasn't as expected.
func writeProblems(out io.Writer, results []result) {
	for _, r := range results {
		for _, problem := range r.Problems {
			writeWrapped(out, fmt.Sprintf("NOT as expected: %s: %s", fullName(r), problem))
		}
	}
}

// writeNext says what to look at next.
func writeNext(out io.Writer, o options) {
	if o.serve {
		return // serve says what there is
	}
	next := "-serve keeps it running, to watch and for requests of your own; docs/install.md puts the module into a Prebid Server, README.md says how a bidder uses it."
	if !o.verbose {
		next = "-v shows every request, and the user that each bidder received; " + next
	}
	fmt.Fprintln(out)
	writeWrapped(out, "Next: "+next)
}

// writeWrapped writes prose in lines that fit.
func writeWrapped(out io.Writer, prose string) {
	for line := range strings.SplitSeq(text.WrapSoft(prose, lineWidth), "\n") {
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}
