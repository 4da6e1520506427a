package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	if err := run(t.Context(), []string{"-quick", "-only", "keys", "-report", html, "-json", figures}, &out); err != nil {
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
	if err := run(t.Context(), []string{"-compare", figures, figures}, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), " 0\n"); !strings.Contains(out.String(), "decrypt ns") || got == 0 {
		t.Errorf("compared with itself: %s", out.String())
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"-only", "nothing"}, {"extra"}, {"-compare"}, {"-compare", "nowhere.json", "nowhere.json"}, {"-unknown"}, {"-users", "1,none"}, {"-users", "0"}} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestValues(t *testing.T) {
	for v, want := range map[Value]string{0: "0", 3: "3", 123456: "123456", 0.05: "0.05", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 0.000123: "0.000123"} {
		if v.String() != want {
			t.Errorf("%s, want %s", v, want)
		}
	}
	text, err := json.Marshal([]Value{1.5, none})
	if err != nil || string(text) != "[1.5,null]" || none.String() != "–" {
		t.Errorf("%s, %v", text, err)
	}
	var back []Value
	if err := json.Unmarshal(text, &back); err != nil || back[0] != 1.5 || !math.IsNaN(float64(back[1])) {
		t.Errorf("%v, %v", back, err)
	}
}

func TestGoals(t *testing.T) {
	if !atMost("x", 1, 1).Met || atMost("x", 1.1, 1).Met || !atLeast("x", 1, 1).Met || atLeast("x", 0.9, 1).Met {
		t.Error("wrong")
	}
	if got := atMost("x", 2, 1).String(); got != "x: 2 (at most 1): NOT met" {
		t.Error(got)
	}
}
