//go:build go1.24

package annotator_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

var writeTable = flag.Bool("write-metrics", false, "write the table of docs/metrics.md")

const metricsPage = "../../docs/metrics.md"

// metric is what a collector announces of a metric.
type metric struct{ name, help, labels string }

var describedAs = regexp.MustCompile(`fqName: ("[^"]+"), help: ("(?:[^"\\]|\\.)*"), .*variableLabels: [\[{](.*)[\]}]}$`)

// described lists the metrics that a collector announces, by name.
func described(t *testing.T, collector prometheus.Collector) (metrics []metric) {
	t.Helper()
	descs := make(chan *prometheus.Desc, 100)
	collector.Describe(descs)
	close(descs)
	for desc := range descs {
		parts := describedAs.FindStringSubmatch(desc.String())
		if parts == nil {
			t.Fatalf("%v reads otherwise", desc)
		}
		name, err := strconv.Unquote(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		help, err := strconv.Unquote(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		labels := strings.FieldsFunc(parts[3], func(r rune) bool { return r == ' ' || r == ',' })
		metrics = append(metrics, metric{name, help, strings.Join(labels, ", ")})
	}
	slices.SortFunc(metrics, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	return metrics
}

func names(metrics []metric) (names []string) {
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return names
}

// unit is that of a metric's values, which its name or its help says.
func (m metric) unit() string {
	switch name := strings.TrimSuffix(m.name, "_total"); {
	case strings.HasSuffix(name, "_timestamp_seconds"):
		return "Unix time, seconds"
	case strings.HasSuffix(name, "_seconds"):
		return "seconds"
	case strings.HasSuffix(name, "_bytes"):
		return "bytes"
	case strings.HasPrefix(m.help, "1 "):
		return "0 or 1"
	default:
		return "count"
	}
}

// withEverything starts an annotator that has every metric.
func withEverything(t *testing.T) *annotator.Annotator {
	t.Helper()
	store := filepath.Join(t.TempDir(), "optouts.db")
	return start(t, fmt.Sprintf(`{"uid2":%s,"opt_outs":{"store":%q,"listen":"127.0.0.1:0","unauthenticated":true,"poll":{"enabled":true}}}`,
		operatorOf(startServer(t), ""), store))
}

func registered(t *testing.T, a *annotator.Annotator) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(a.Collector()); err != nil {
		t.Fatal(err)
	}
	return registry
}

// types are the types of the metrics that have values.
func types(t *testing.T, registry *prometheus.Registry) map[string]string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	types := make(map[string]string)
	for _, family := range families {
		types[family.GetName()] = strings.ToLower(family.GetType().String())
	}
	return types
}

// TestMetricsTable: the table of docs/metrics.md is what the collectors announce, word for word.
func TestMetricsTable(t *testing.T) {
	a := withEverything(t)
	kinds := types(t, registered(t, a))
	var table strings.Builder
	table.WriteString("| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n")
	for _, m := range described(t, a.Collector()) {
		kind := kinds[m.name]
		if kind == "" && strings.HasSuffix(m.name, "_timestamp_seconds") {
			kind = "gauge" // of what hasn't happened
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", m.name, kind, m.unit(), m.labels, m.help)
	}
	page := text(t, metricsPage)
	before, rest, _ := strings.Cut(page, "<!-- written by go test ./module/annotator -run TestMetricsTable -args -write-metrics -->\n")
	written, after, ended := strings.Cut(rest, "<!-- end -->\n")
	if !ended {
		t.Fatal("the page has no place for the table")
	}
	if *writeTable {
		whole := strings.TrimSuffix(page, written+"<!-- end -->\n"+after) + table.String() + "<!-- end -->\n" + after
		if err := os.WriteFile(metricsPage, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != table.String() {
		t.Errorf("the table has\n%s\nthe collectors announce\n%s", written, &table)
	}
	if other := regexp.MustCompile("(?m)^\\| `uid2_").FindString(before + after); other != "" {
		t.Error("another table has metrics")
	}
}

// TestMetricsFollowConventions: those of Prometheus, as its own linter knows them; and times are those of events, so that they
// stay right while the process does nothing.
func TestMetricsFollowConventions(t *testing.T) {
	a := withEverything(t)
	problems, err := testutil.GatherAndLint(registered(t, a))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	for _, m := range described(t, a.Collector()) {
		if strings.Contains(m.name, "_age_") || !strings.HasSuffix(m.help, ".") {
			t.Errorf("%s: %s", m.name, m.help)
		}
	}
}
