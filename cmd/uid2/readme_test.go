//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shellBlocks returns the blocks of shell commands under a heading of the README.
func shellBlocks(t *testing.T, heading string) []string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, part := range strings.Split(section, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// TestREADME runs the README's commands as written: an operator in one shell, everything else in
// another.
func TestREADME(t *testing.T) {
	blocks := shellBlocks(t, "From a shell")
	if len(blocks) != 3 || strings.TrimSpace(blocks[0]) != "go install ./cmd/uid2" {
		t.Fatalf("%d blocks: %q", len(blocks), blocks)
	}
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "uid2"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	shell := func(script string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		return c
	}
	first := shell(blocks[1])
	first.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer first.Wait()
	defer func() { syscall.Kill(-first.Process.Pid, syscall.SIGINT) }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if env, err := os.ReadFile(filepath.Join(dir, "operator.env")); err == nil && bytes.Contains(env, []byte("CLIENT_SECRET")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the operator doesn't start")
		}
	}
	out, err := shell(blocks[2]).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{`"status":"Success"`, `"opted_out":false`, `"input":"user@example.com"`, "URL-safe", "of which"} {
		if !strings.Contains(string(out), part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
	for _, file := range []string{"identity.json", "next.json"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Contains(text, []byte("refresh_response_key")) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
