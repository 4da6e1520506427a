//go:build go1.24

package uid2rtb_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var testLink = regexp.MustCompile(`\[(Test\w+)\]\(([^)]+)\)`)

// TestParityTable holds docs/parity.md to the tree: every row has tests that exist, or says that it is not here and why.
func TestParityTable(t *testing.T) {
	text, err := os.ReadFile("docs/parity.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| what") {
			continue
		}
		rows++
		links := testLink.FindAllStringSubmatch(cells[2], -1)
		if len(links) == 0 && !strings.HasPrefix(cells[1], "not here") {
			t.Errorf("no test: %s", cells[0])
		}
		for _, link := range links {
			checkTestLink(t, cells[0], "docs", link[1], link[2])
		}
	}
	if rows < 50 {
		t.Errorf("%d rows", rows)
	}
}
