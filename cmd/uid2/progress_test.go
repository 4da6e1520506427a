//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// screenOf runs the program with a real terminal as its standard error, and returns what came
// there.
func screenOf(t *testing.T, in *os.File, env []string, args ...string) string {
	t.Helper()
	terminal, ours, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Stdin, c.Stderr = in, ours
	c.Env = append(append(os.Environ(), asProgram+"=1", "TERM=xterm"), env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ours.Close() // the end of the program is the end of the terminal
	var text bytes.Buffer
	io.Copy(&text, terminal) // it ends with an error, as terminals do
	if err := c.Wait(); err != nil {
		t.Errorf("%v: %s", err, text.String())
	}
	return text.String()
}

// TestProgress: on a terminal, what takes long shows its amount, rate and time left, at most five
// times a second, and clears the line at the end. Nothing is shown where it isn't wanted.
func TestProgress(t *testing.T) {
	s := local(t)
	s.Fail(uid2test.Fault{Delay: 900 * time.Millisecond})
	raw := s.RawUID(uid2test.TokenSpec{Email: "user@example.com"}).Reveal()
	path := write(t, strings.Repeat(raw+"\n", 4*operator.MaxIdentities))
	run := func(env []string, args ...string) string {
		in, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		defer in.Close()
		return screenOf(t, in, env, args...)
	}
	start := time.Now()
	shown := run(nil, "optout", "status")
	took := time.Since(start)
	if !regexp.MustCompile(`\d+,\d{3} raw UIDs, [\d,]+/s, \d+ %, \d+ s left`).MatchString(shown) || !strings.HasSuffix(shown, "\r\x1b[K") {
		t.Errorf("%q", shown)
	}
	if draws := strings.Count(shown, " raw UIDs, "); draws == 0 || draws > int(took/(200*time.Millisecond)) {
		t.Errorf("%d drawings in %v", draws, took)
	}
	if strings.Contains(shown, "\x1b[3") {
		t.Errorf("a colour, which nobody asked for: %q", shown)
	}
	var silent sync.WaitGroup
	for _, how := range []struct {
		env, flag []string
	}{{flag: []string{"-quiet"}}, {flag: []string{"-json"}}, {env: []string{"TERM=dumb"}}} {
		silent.Go(func() {
			if text := run(how.env, append([]string{"optout", "status"}, how.flag...)...); text != "" {
				t.Errorf("%v: %q", how, text)
			}
		})
	}
	silent.Wait()
}
