package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
)

// withSDKs is whether the official SDKs are measured, too. They must be installed, or be reachable in their package registries.
var withSDKs = new(bool)

// benchmarkLine is a line of go test -bench.
var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkDecrypt/(v\d)/(\w+?)(?:-\d+)?\s.*\s([\d.]+) ns/token`)

// officialSDKs has the interoperability tests measure the official SDKs on the same tokens, each in its own process by its own
// clock.
func officialSDKs(ctx context.Context) (t report.Table, err error) {
	c := exec.CommandContext(ctx, "go", "test", "-tags", "interop", "-run", "^$", "-bench", "Decrypt", "-benchtime", "1x", "github.com/uid2rtb/uid2rtb/interop")
	out, err := c.CombinedOutput()
	if err != nil {
		return t, fmt.Errorf("%w\n%s", err, out)
	}
	t = report.Table{Caption: "The official SDKs, for a bidder, on one core, the best of 20 rounds; one key, no opt-outs", Columns: []string{"", "ns", "× Go"}}
	times, names := make(map[string]float64), map[string]string{"python": "Python SDK", "java": "Java SDK", "go": "uid2rtb"}
	lines := benchmarkLine.FindAllStringSubmatch(string(out), -1)
	for _, line := range lines {
		times[line[1]+line[2]], _ = strconv.ParseFloat(line[3], 64)
	}
	for _, line := range lines {
		ns := times[line[1]+line[2]]
		t.Rows = append(t.Rows, report.Row{Name: line[1] + ", " + names[line[2]], Values: []report.Value{report.Value(ns), report.Value(ns / times[line[1]+"go"])}})
	}
	return t, nil
}
