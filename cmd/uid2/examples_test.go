//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// examplesOf returns the lines below Examples: in a description.
func examplesOf(description string) (lines []string) {
	_, examples, _ := strings.Cut(description, "Examples:\n")
	for line := range strings.Lines(examples) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestExamples runs the examples of every command's help in a shell, as they stand but for what a
// machine has of its own: addresses, the jq at the end of a pipe, and that a server ends.
func TestExamples(t *testing.T) {
	s := local(t)
	s.RotateSalts()
	cluster := natstest.Start(t, 1, natstest.Options{})
	elsewhere := strings.NewReplacer(
		"nats://10.0.0.7:4222,nats://10.0.0.8:4222", cluster.URLs(), "nats://10.0.0.7:4222", cluster.URLs(), "-nats-urls", "-nats-replicas 1 -nats-urls",
		"/run/uid2/", "", "10.0.0.5:8300", "127.0.0.1:0", "127.0.0.1:8300", "127.0.0.1:0", "127.0.0.1:8301", "127.0.0.1:0",
		"127.0.0.1:8310", "127.0.0.1:0", "127.0.0.1:8311", "127.0.0.1:0", "127.0.0.1:8080", "127.0.0.1:0",
		"A4AAABOJ…", s.Token(uid2test.TokenSpec{Email: "user@example.com"}), " serve ", " serve -for 300ms ", " -serve ", " -serve -listen 127.0.0.1:0 -for 300ms ", " operator ", " operator -for 3s ",
		"operator.env &", "operator.env &\nwhile ! grep -q SECRET operator.env 2>/dev/null; do sleep 0.02; done",
	)
	var look func(c *cli.Command, parents string)
	look = func(c *cli.Command, parents string) {
		name := strings.TrimSpace(parents + " " + c.Name)
		for _, sub := range c.VisibleCommands() {
			look(sub, name)
		}
		lines := examplesOf(c.Description)
		if len(c.VisibleCommands()) > 0 || c.Name == "help" || c.Name == "completion" {
			return
		}
		if len(lines) == 0 {
			t.Errorf("%s has no examples", name)
		}
		if c.Name == "operator" { // its lines belong together
			lines = []string{strings.Join(lines, "\n")}
		}
		dir := exampleFiles(t, s)
		for _, line := range lines {
			if !strings.Contains(line, name) {
				t.Errorf("%s: an example of another command: %s", name, line)
			}
			command, _, _ := strings.Cut(elsewhere.Replace(line), "| jq")
			if code, out := inShell(t, dir, command); !slices.Contains(endsOf(name), code) {
				t.Errorf("%s: exit code %d\n%s", command, code, out)
			}
		}
	}
	look((&app{}).root(), "")
}

// endsOf returns the exit codes that are an answer. Doctor finds that the examples' hosts aren't
// there.
func endsOf(command string) []int {
	if command == "uid2 doctor" {
		return []int{exitOK, exitWarnings, exitFailure}
	}
	return []int{exitOK}
}

// inShell runs a command where its files are, with uid2 in the path and a socket as systemd passes
// it on.
func inShell(t *testing.T, dir, command string) (code int, output string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if strings.Contains(command, "-listen systemd") {
		command = "LISTEN_FDS=1 LISTEN_PID=$$ exec " + command
	}
	c := exec.CommandContext(t.Context(), "sh", "-e", "-c", command)
	c.Dir, c.ExtraFiles = dir, []*os.File{socket}
	c.Env = append(os.Environ(), asProgram+"=1", "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	text, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(text)
}

// exampleFiles makes the files that the examples name.
func exampleFiles(t *testing.T, s *uid2test.Server) (dir string) {
	t.Helper()
	dir = t.TempDir()
	raw, token := s.RawUID(uid2test.TokenSpec{Email: "user@example.com"}).Reveal(), s.Token(uid2test.TokenSpec{Email: "user@example.com"})
	participant := fmt.Sprintf(`"uid2": {"base_url": %q, "api_key": %q, "client_secret": %q}`, s.URL, s.Client().APIKey, s.Client().ClientSecret)
	secret := strings.Repeat("x", 32)
	for name, text := range map[string]string{
		"tokens.txt": token + "\n", "raw-uids.txt": raw + "\n", "customers.txt": "user@example.com\n+12345678901\n",
		"hashes.txt": "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=\n", "optouts.csv": raw + ",1700000000\n",
		"requests.ndjson": fmt.Sprintf(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q}]}]}}`, token) + "\n",
		"keys.json":       ok(t, "", "keys", "-raw"), "sharing-keys.json": ok(t, "", "keys", "-raw", "-role", "sharing"),
		"identity.json": ok(t, "", "generate", "-email", "user@example.com"), "answer.txt": ok(t, "", "keys", "-raw"), "secret.txt": s.Client().ClientSecret + "\n",
		"request.json": fmt.Sprintf("{\n\"user\":{\"eids\":[{\"source\":\"uidapi.com\",\"uids\":[{\"id\":%q}]}]}}\n", token),
		"uid2.json":    `{` + participant + `, "opt_outs": {"when_unknown": "send"}}`,
		"bidder.json": fmt.Sprintf(`{%s, "opt_outs": {"store": %q, "listen": "127.0.0.1:0", "bearer_token": %q, "nats": {"urls": "nats://127.0.0.1:1"}}}`,
			participant, filepath.Join(dir, "bidders.db"), secret),
		"pbs.yaml": "hooks:\n  enabled: true\n", "token": secret + "\n", "value": secret + "\n",
		"prebid-server/static/bidder-info/demo.yaml": "maintainer:\n  email: a@example.com\n",
		"bin/uid2": "#!/bin/sh\nexec '" + os.Args[0] + "' \"$@\"\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, store := range []string{"optouts.db", "backup.db"} {
		ok(t, raw+",1700000000\n", "optout", "import", "-store", filepath.Join(dir, store))
	}
	return dir
}
