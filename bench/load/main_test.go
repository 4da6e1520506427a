package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
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
	for _, args := range [][]string{{"extra"}, {"-versions", "v5"}, {"-versions", ""}, {"-rates", "0"}, {"-rates", "1,x"}, {"-rates", "NaN"},
		{"-rates", "1e9"}, {"-for", "0s"}, {"-turns", "0"}, {"-endurance", "-1s"}, {"-unknown"}} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
	var help bytes.Buffer
	if err := run(t.Context(), []string{"-help"}, &help); err == nil || !strings.Contains(help.String(), "-endurance") {
		t.Errorf("%v: %s", err, help.String())
	}
}
