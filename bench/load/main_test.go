package main

import (
	"bytes"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice/advicetest"
)

func TestOptions(t *testing.T) {
	o, err := parseOptions([]string{"-versions", "v4", "-rates", "50,0.5", "-for", "2s", "-turns", "3"}, new(bytes.Buffer))
	if err != nil || len(o.versions) != 1 || o.versions[0].Major != "v4" || !slices.Equal(o.rates, []float64{50, 0.5}) || o.long != 2*time.Second || o.turns != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := parseOptions(nil, new(bytes.Buffer)); err != nil || len(o.versions) != 2 || len(o.rates) != 2 || o.endurance != 0 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestMistakes(t *testing.T) {
	for args, do := range map[string]string{
		"extra": "load -h", "-versions v5": "load -h", "-versions=": "load -h", "-rates 0": "load -h", "-rates 1,x": "load -h", "-rates NaN": "load -h",
		"-rates 1e9": "load -h", "-for 0s": "write -for TIME", "-turns 0": "write -turns NUMBER", "-endurance -1s": "write -endurance TIME", "-turn 1": "did you mean -turns?",
	} {
		err := run(t.Context(), strings.Fields(args), new(bytes.Buffer))
		if err == nil {
			t.Errorf("%s: no error", args)
			continue
		}
		var text bytes.Buffer
		if writeError(&text, err); !advicetest.IsError("load", text.String()) || !strings.Contains(text.String(), do) {
			t.Errorf("%s: another form, or no %q:\n%s", args, do, &text)
		}
	}
}

// TestExamples: the help has examples, whose flags are understood.
func TestExamples(t *testing.T) {
	var help bytes.Buffer
	if _, err := parseOptions([]string{"-h"}, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), examples) {
		t.Errorf("%v: %s", err, &help)
	}
	for line := range strings.Lines(examples) {
		args, found := strings.CutPrefix(strings.TrimSpace(line), "go run ./bench/load")
		if _, err := parseOptions(strings.Fields(args), new(bytes.Buffer)); !found || err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
