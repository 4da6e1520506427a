package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pagetest"
)

// TestReferenceExitCodes: the page has the codes that the help has, which are those of the program.
func TestReferenceExitCodes(t *testing.T) {
	const page = "../../docs/reference/exit-codes.md"
	var rows [][]string
	for _, line := range strings.Split(exitHelp, "\n")[1:] {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		if code != strconv.Itoa(len(rows)) {
			t.Errorf("%q isn't the next code", line)
		}
		rows = append(rows, []string{"`" + code + "`", strings.TrimSpace(meaning)})
	}
	if n := exitCodes(t); n != len(rows) {
		t.Errorf("the program has %d codes, the help %d", n, len(rows))
	}
	pagetest.Hold(t, page, "codes", pagetest.Table([]string{"code", "meaning"}, rows))

	rows = nil
	for _, r := range remedies {
		rows = append(rows, []string{r.of.Error(), r.do})
	}
	pagetest.Hold(t, page, "remedies", pagetest.Table([]string{"error", "what to do"}, rows))
}

// exitCodes counts the constants that are exit codes.
func exitCodes(t *testing.T) (n int) {
	for name := range pagetest.Comments(t, ".") {
		if regexp.MustCompile(`^exit[A-Z]\w+$`).MatchString(name) && name != "exitHelp" {
			n++
		}
	}
	return n
}
