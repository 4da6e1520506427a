package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const root = "../.."

var (
	arch = flag.String("arch", runtime.GOARCH, "the architecture that TestAnySize is for")
	with = flag.String("exec", "", "`program` that runs binaries of it")
)

// TestCurrent: what is committed is what is generated.
func TestCurrent(t *testing.T) {
	if err := run(root, true); err != nil {
		t.Error(err)
	}
}

// TestNotCurrent: a check finds what isn't current, and leaves it; writing mends it.
func TestNotCurrent(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"codec", "internal/prefetch", "internal/strictjson", "optout"} {
		if err := os.CopyFS(filepath.Join(dir, path), os.DirFS(filepath.Join(root, path))); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"codec/ciphers_amd64.s", "codec/ciphers_arm64.s", "optout/match_amd64.s"} {
		path := filepath.Join(dir, path)
		if err := os.WriteFile(path, []byte("\tRET\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(dir, true); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%s: %v", path, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "\tRET\n" {
			t.Errorf("%s: written by a check: %v", path, err)
		}
		if err := run(dir, false); err != nil {
			t.Error(err)
		}
		if err := run(dir, true); err != nil {
			t.Error(err)
		}
	}
}

// TestAnySize: with code for other numbers of blocks, also for more than there are registers, the
// ciphers pass their tests. So a size that is missing is a number in a list, and nothing else. It is
// for this architecture; for arm64 on another one: -args -arch arm64 -exec qemu-aarch64.
func TestAnySize(t *testing.T) {
	var s sizes
	for blocks := 1; blocks <= 36; blocks++ {
		s.GCM, s.CBC = append(s.GCM, blocks), append(s.CBC, blocks)
	}
	write := s.ciphers
	if *arch == "arm64" {
		write = s.ciphersNEON
	}
	files, err := write(root)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = make(map[string]string)
	dir := t.TempDir()
	for _, f := range files {
		instead := filepath.Join(dir, filepath.Base(f.path))
		if err := os.WriteFile(instead, f.text, 0o600); err != nil {
			t.Fatal(err)
		}
		path, err := filepath.Abs(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		overlay.Replace[path] = instead
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "test", "-count=1", "-overlay", name, "-exec", *with, "-v",
		"-run", "Ciphers|EveryBit|Wycheproof|UnmappedPages|Golden|Open", "./codec")
	c.Dir = root
	if *arch != runtime.GOARCH {
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+*arch)
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, test := range []string{"FuzzCiphers", "TestEveryBitOfALayer", "TestWycheproofGCM", "TestWycheproofCBC"} {
		if !strings.Contains(string(out), "--- PASS: "+test) {
			t.Errorf("%s didn't run", test)
		}
	}
}
