package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCountIsTheSize: each instruction of arm64 has four bytes, and functions fill groups of 16.
func TestCountIsTheSize(t *testing.T) {
	files, err := generate(root, ofTokens)
	if err != nil {
		t.Fatal(err)
	}
	counts, functions := countAll(files).arm64, 0
	for _, f := range files {
		if !strings.HasSuffix(f.path, "_arm64.s") {
			continue
		}
		for name, size := range assembledSizes(t, f) {
			functions++
			if got := counts.through(name); (4*got+15)&^15 != size {
				t.Errorf("%s: %d instructions in %d bytes", name, got, size)
			}
		}
	}
	if functions != len(counts) {
		t.Errorf("%d functions of %d", functions, len(counts))
	}
}

// assembledSizes returns the sizes of the functions of a file for arm64.
func assembledSizes(t *testing.T, f file) map[string]int {
	t.Helper()
	source, object := filepath.Join(t.TempDir(), filepath.Base(f.path)), filepath.Join(t.TempDir(), "object")
	if err := os.WriteFile(source, f.text, 0o600); err != nil {
		t.Fatal(err)
	}
	goRoot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	include := filepath.Join(strings.TrimSpace(string(goRoot)), "pkg", "include")
	assemble := exec.Command("go", "tool", "asm", "-p", "p", "-I", include, "-o", object, source)
	assemble.Env = append(os.Environ(), "GOARCH=arm64")
	if out, err := assemble.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	symbols, err := exec.Command("go", "tool", "nm", "-size", object).Output()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for line := range strings.Lines(string(symbols)) {
		fields := strings.Fields(line) // address, size, kind, name
		if len(fields) == 4 && fields[2] == "T" {
			size, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			sizes[strings.TrimPrefix(fields[3], "p.")] = size
		}
	}
	return sizes
}

// TestCountsInTheDocs: the table in docs/benchmarks.md is the one that -count prints.
func TestCountsInTheDocs(t *testing.T) {
	files, err := generate(root, ofTokens)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	if table := countAll(files).table(); !bytes.Contains(page, table) {
		t.Errorf("docs/benchmarks.md hasn't got the table of go run . -count:\n%s", table)
	}
}
