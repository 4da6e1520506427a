package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice/advicetest"
)

// TestPropagation: each opt-out is acknowledged once, and comes to the other node once.
func TestPropagation(t *testing.T) {
	table, err := propagation(t.Context(), 1, 2, []int{100}, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Rows[0].Values; got[0] != 100 || got[5] < got[4] || got[6] < got[5] || got[7] != 0 {
		t.Errorf("measured: %v", got)
	}
}

// TestRun measures a section, writes both files, and compares them with themselves.
func TestRun(t *testing.T) {
	html, figures := filepath.Join(t.TempDir(), "report.html"), filepath.Join(t.TempDir(), "report.json")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-only", "keys", "-report", html, "-json", figures}, &out, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "Number of keys") {
		t.Errorf("printed: %s", out.String())
	}
	page, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "Decryption by number of keys", "-only keys", "10,000 keys"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report has no %q", want)
		}
	}
	out.Reset()
	if err := run(t.Context(), []string{"-compare", figures, figures}, &out, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), " 0\n"); !strings.Contains(out.String(), "decrypt ns") || got == 0 {
		t.Errorf("compared with itself: %s", out.String())
	}
}

func TestMistakes(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere", "file")
	for args, do := range map[string]string{
		"-only nothing":                      "choose of decrypt, latency",
		"-only keys,decrpyt":                 "did you mean decrypt?",
		"extra":                              "bench -h",
		"-compare":                           "-compare BEFORE.json AFTER.json",
		"-compare one.json":                  "-compare BEFORE.json AFTER.json",
		"-compare nowhere.json nowhere.json": "-json FILE has written",
		"-unknown":                           "bench -h",
		"-quikc":                             "did you mean -quick?",
		"-users 1,none":                      "bench -h",
		"-users 0":                           "bench -h",
		"-cpuprofile " + nowhere:             "a directory that is there",
		"-quick -only keys -report " + nowhere + " -json=": "-report and -json",
	} {
		err := run(t.Context(), strings.Fields(args), new(bytes.Buffer), nil)
		if err == nil {
			t.Errorf("%s: no error", args)
			continue
		}
		var text bytes.Buffer
		if writeError(&text, err); !advicetest.IsError("bench", text.String()) || !strings.Contains(text.String(), do) {
			t.Errorf("%s: another form, or no %q:\n%s", args, do, &text)
		}
	}
}

// TestInterrupted: who ends a run is told what there is of it.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, []string{"-quick", "-only", "requests,keys", "-report=", "-json="}, new(bytes.Buffer), nil)
	if err == nil || err.Error() != "the run was interrupted: 0 of 2 sections measured, which the report has" {
		t.Error(err)
	}
}

// TestExamples: the help has examples, whose flags are understood.
func TestExamples(t *testing.T) {
	var help bytes.Buffer
	if _, err := parse([]string{"-h"}, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), examples) {
		t.Errorf("%v: %s", err, &help)
	}
	for line := range strings.Lines(examples) {
		args, found := strings.CutPrefix(strings.TrimSpace(line), "go run ./bench")
		if _, err := parse(strings.Fields(args), new(bytes.Buffer)); !found || err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
