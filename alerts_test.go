//go:build go1.24

package uid2rtb_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryAlertHasARunbook: each alert of the rules has its entry in docs/alerts.md with all of its parts, is linked to it, and is
// tested; and no entry or test is of an alert that there isn't.
func TestEveryAlertHasARunbook(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	rules, tests := read("deploy/prometheus/uid2.rules.yml"), read("deploy/prometheus/uid2.rules_test.yml")
	entries := strings.Split(read("docs/alerts.md"), "\n## ")[1:]

	var alerts, described []string
	for _, rule := range strings.Split(rules, "      - alert: ")[1:] {
		name := regexp.MustCompile(`^\w+`).FindString(rule)
		alerts = append(alerts, name)
		for _, part := range []string{`runbook: "docs/alerts.md#` + strings.ToLower(name) + `"`, `summary: "`, "labels: {severity: "} {
			if strings.Count(rule, part) != 1 {
				t.Errorf("%s: no %s", name, part)
			}
		}
		fires := "alertname: " + name + "\n"
		silent := "{alertname: " + name + ", "
		if !strings.Contains(tests, fires) || !strings.Contains(tests, silent) {
			t.Errorf("%s: no test that it fires and that it doesn't", name)
		}
		if severity := regexp.MustCompile(`severity: (\w+)`).FindStringSubmatch(rule); severity != nil {
			entry := slices.IndexFunc(entries, func(e string) bool { return strings.HasPrefix(e, name+"\n") })
			if entry >= 0 && !strings.Contains(entries[entry], "**How urgent**: "+severity[1]) {
				t.Errorf("%s: the rule says %s, its entry something else", name, severity[1])
			}
		}
	}
	for _, entry := range entries {
		name, text, _ := strings.Cut(entry, "\n")
		described = append(described, name)
		for _, part := range []string{"Means", "How urgent", "Where to look", "What to do", "Over when"} {
			if strings.Count(text, "- **"+part+"**: ") != 1 {
				t.Errorf("%s: no %q", name, part)
			}
		}
	}
	if !slices.Equal(alerts, described) || len(alerts) < 20 {
		t.Errorf("alerts\n%s\nentries\n%s", alerts, described)
	}
	for _, match := range regexp.MustCompile(`alertname: (\w+)`).FindAllStringSubmatch(tests, -1) {
		if !slices.Contains(alerts, match[1]) {
			t.Errorf("a test of %s, which is no alert", match[1])
		}
	}
}
