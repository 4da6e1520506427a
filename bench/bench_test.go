package main

import (
	"bytes"
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
	for _, args := range [][]string{{"-only", "nothing"}, {"extra"}, {"-compare"}, {"-compare", "nowhere.json", "nowhere.json"}, {"-unknown"}, {"-users", "1,none"}, {"-users", "0"}} {
		if err := run(t.Context(), args, new(bytes.Buffer), nil); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
