package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
)

// rivalsSection has the module beside what would be written otherwise, measured by the program in bench/rivals, which is of a
// Go module of its own.
func rivalsSection(ctx context.Context, e effort) (s Section, err error) {
	s.Title = "Rivals"
	s.About = "What a Go bidder would otherwise write, in bench/rivals: the same tokens, keys and requests, in turns in one process. The rivals look up no opt-outs and make fewer checks."
	dir, err := rivalsDir(ctx)
	if err != nil {
		s.About += " They were not measured: " + err.Error() + "."
		return s, nil
	}
	c := exec.CommandContext(ctx, "go", "run", "./cmd/rivals", "-for", of(e, 300*time.Millisecond, 3*time.Second, 8*time.Second).String())
	c.Dir, c.Stderr = dir, os.Stderr
	out, err := c.Output()
	if err != nil {
		return s, fmt.Errorf("in %s: %w", dir, err)
	}
	var tables []struct {
		Caption string
		Results []turns.Result
	}
	if err := json.Unmarshal(out, &tables); err != nil {
		return s, err
	}
	for _, t := range tables {
		s.Tables = append(s.Tables, Table{t.Caption, timeColumns, rows(t.Results)})
	}
	if *withSDKs {
		sdks, err := officialSDKs(ctx, filepath.Join(dir, "..", ".."))
		if err != nil {
			return s, err
		}
		s.Tables = append(s.Tables, sdks)
	}
	return s, nil
}

// withSDKs is whether the official SDKs are measured, too. They must be installed, or be reachable in their package registries.
var withSDKs = new(bool)

// benchmarkLine is a line of go test -bench.
var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkDecrypt/(v\d)/(\w+?)(?:-\d+)?\s.*\s([\d.]+) ns/token`)

// officialSDKs has the interoperability tests measure the official SDKs on the same tokens, each in its own process by its own
// clock.
func officialSDKs(ctx context.Context, module string) (t Table, err error) {
	c := exec.CommandContext(ctx, "go", "test", "-tags", "interop", "-run", "^$", "-bench", "Decrypt", "-benchtime", "1x", "./interop")
	c.Dir = module
	out, err := c.CombinedOutput()
	if err != nil {
		return t, fmt.Errorf("%w\n%s", err, out)
	}
	t = Table{"The official SDKs, for a bidder, on one core, the best of 20 rounds; one key, no opt-outs", []string{"", "ns", "× Go"}, nil}
	times, names := make(map[string]float64), map[string]string{"python": "Python SDK", "java": "Java SDK", "go": "uid2rtb"}
	lines := benchmarkLine.FindAllStringSubmatch(string(out), -1)
	for _, line := range lines {
		times[line[1]+line[2]], _ = strconv.ParseFloat(line[3], 64)
	}
	for _, line := range lines {
		ns := times[line[1]+line[2]]
		t.Rows = append(t.Rows, Row{line[1] + ", " + names[line[2]], []Value{Value(ns), Value(ns / times[line[1]+"go"])}})
	}
	return t, nil
}

// rivalsDir finds their sources, which are where this module's are.
func rivalsDir(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/uid2rtb/uid2rtb").Output()
	if err != nil {
		return "", fmt.Errorf("the go command doesn't find the module's sources: %w", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "bench", "rivals")
	_, err = os.Stat(filepath.Join(dir, "go.mod"))
	return dir, err
}
