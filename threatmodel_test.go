//go:build go1.24

package uid2rtb_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const threatModel = "docs/explanation/threat-model.md"

var coveringTest = regexp.MustCompile(`\[((?:Test|Fuzz)\w+)\]\(([^)]+)\)`)

// TestThreatModel: every threat says what covers it, a test that exists or plainly why there is
// none.
func TestThreatModel(t *testing.T) {
	text, err := os.ReadFile(threatModel)
	if err != nil {
		t.Fatal(err)
	}
	threats := strings.Split(string(text), "\n### ")[1:]
	for _, threat := range threats {
		name, said, _ := strings.Cut(threat, "\n")
		said, _, _ = strings.Cut(said, "\n## ")
		_, tests, named := strings.Cut(said, "\n**Tests**: ")
		switch _, why, uncovered := strings.Cut(said, "\n**Not covered**"); {
		case named == uncovered:
			t.Errorf("%s: it needs tests, or a reason why there is none", name)
		case named && !coveringTest.MatchString(tests), uncovered && len(strings.Fields(why)) < 5:
			t.Errorf("%s: nothing behind it", name)
		}
		for _, link := range coveringTest.FindAllStringSubmatch(said, -1) {
			checkTestLink(t, name, filepath.Dir(threatModel), link[1], link[2])
		}
	}
	if len(threats) < 30 {
		t.Errorf("%d threats", len(threats))
	}
}

// checkTestLink checks that a test that a page names is in the file to which the page links.
func checkTestLink(t *testing.T, where, dir, name, file string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil || !regexp.MustCompile(`(?m)^func `+name+`\([tf] \*testing\.[TF]\)`).Match(source) {
		t.Errorf("%s: %s is not in %s", where, name, file)
	}
}
