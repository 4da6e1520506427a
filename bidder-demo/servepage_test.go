package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageThatCannotBeServed: the program says so at once, rather than when it ends.
func TestPageThatCannotBeServed(t *testing.T) {
	short := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(short, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for note, args := range map[string][]string{
		"others can reach it": {"-page", "0.0.0.0:0"},
		"the token is short":  {"-page", "127.0.0.1:0", "-page-token-file", short},
	} {
		status, stdout, stderr := play(t, append(args, "-serve", "-serve-for", "50ms", "-addr", freeAddr(t))...)
		if status != exitNoStart || stdout != "" || !strings.Contains(stderr, "-page-token-file") {
			t.Errorf("%s: exit status %d\n%s%s", note, status, stdout, stderr)
		}
	}
}

// TestElsewhere: where the usual ports are taken, as by another demo, there are other ones, which
// is said.
func TestElsewhere(t *testing.T) {
	usual := []string{defaultAddr, defaultPage}
	for _, address := range usual {
		if listener, err := net.Listen("tcp", address); err == nil {
			defer listener.Close()
		}
	}
	status, stdout, stderr := play(t, "-serve", "-serve-for", "50ms")
	if status != exitAsExpected {
		t.Fatalf("exit status %d\n%s%s", status, stdout, stderr)
	}
	for _, address := range usual {
		if !strings.Contains(stdout, "Another process has "+address) || strings.Contains(stdout, "http://"+address) {
			t.Errorf("%s:\n%s%s", address, stdout, stderr)
		}
	}
}
