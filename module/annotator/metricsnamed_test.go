//go:build go1.24

package annotator_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// named matches the metrics and recorded series that rules, dashboards and pages name.
var named = regexp.MustCompile(`\b((?:\w+:)?uid2_[a-z][a-z0-9_]*(?::\w+)?)\b`)

// ofSidecar begins the metrics of uid2 serve, which has a page of its own.
const ofSidecar = "uid2_sidecar_"

// notMetrics are what is named like one: the module, the beginnings of names, a field, and a package of Python's.
var notMetrics = []string{"uid2_decrypt", "uid2_optout", "uid2_token", "uid2_client"}

// TestMetricsNamed: every metric that a rule, a dashboard or a page names is one that the collectors announce, and every series
// with colons one that the rules record, which the page of metrics lists.
func TestMetricsNamed(t *testing.T) {
	a := withEverything(t)
	existing := names(described(t, a.Collector()))
	for name, kind := range types(t, registered(t, a)) {
		if kind == "histogram" {
			existing = append(existing, name+"_bucket", name+"_sum", name+"_count")
		}
	}
	recorded := recordedSeries(t)
	existing = append(existing, recorded...)

	files := []string{"../../README.md"}
	for _, pattern := range []string{"../../deploy/prometheus/*.yml", "../../deploy/grafana/*.json", "../../docs/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		for _, match := range named.FindAllStringSubmatch(text(t, file), -1) {
			name := match[1]
			if strings.HasSuffix(name, "_") || strings.HasPrefix(name, ofSidecar) {
				continue
			}
			if !slices.Contains(existing, name) && !slices.Contains(notMetrics, name) {
				t.Errorf("%s names %s, which there isn't", file, name)
			}
		}
	}
	page := text(t, metricsPage)
	for _, name := range recorded {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s is recorded, and not in the page of metrics", name)
		}
	}
}

// recordedSeries are the names that the rules record.
func recordedSeries(t *testing.T) (names []string) {
	t.Helper()
	for _, match := range regexp.MustCompile(`record: (\S+)`).FindAllStringSubmatch(text(t, "../../deploy/prometheus/uid2.rules.yml"), -1) {
		names = append(names, match[1])
	}
	if len(names) < 10 {
		t.Fatalf("recorded: %v", names)
	}
	return names
}

func text(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
