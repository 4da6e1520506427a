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

// TestPageElsewhere: where the page's usual port is taken, the page has another one, which is said.
func TestPageElsewhere(t *testing.T) {
	if listener, err := net.Listen("tcp", defaultPage); err == nil {
		defer listener.Close()
	}
	_, stdout, stderr := play(t, "-serve", "-serve-for", "50ms", "-addr", freeAddr(t))
	if !strings.Contains(stdout, "Another process has "+defaultPage) || strings.Contains(stdout, "http://"+defaultPage) {
		t.Errorf("%s%s", stdout, stderr)
	}
}
