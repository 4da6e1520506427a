package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// slowly pauses before the last line of a text, for long enough that progress is shown.
type slowly struct{ parts []io.Reader }

func newSlowly(line string) io.Reader {
	return &slowly{[]io.Reader{strings.NewReader(strings.Repeat(line, 20_000)), strings.NewReader(line)}}
}

const longEnough = 2300 * time.Millisecond

func (s *slowly) Read(p []byte) (int, error) {
	n, err := s.parts[0].Read(p)
	if err == io.EOF && len(s.parts) > 1 {
		s.parts = s.parts[1:]
		time.Sleep(longEnough)
		return s.Read(p)
	}
	return n, err
}

// slowOutput takes its time over the first thing that is written to it.
type slowOutput struct{ once sync.Once }

func (s *slowOutput) Write(p []byte) (int, error) {
	s.once.Do(func() { time.Sleep(longEnough) })
	return len(p), nil
}

// TestEveryProgress: each command whose input takes long counts it, in its own unit.
func TestEveryProgress(t *testing.T) {
	t.Setenv("TERM", "xterm")
	s := local(t)
	keys, raw := golden(t), s.RawUID(uid2test.TokenSpec{Email: "user@example.com"}).Reveal()
	store, more := filepath.Join(t.TempDir(), "optouts.db"), filepath.Join(t.TempDir(), "more.db")
	ok(t, strings.Repeat(raw+",1700000000\n", 10_000), "optout", "import", "-store", store)
	var all sync.WaitGroup
	for _, c := range []struct {
		line string // of the input
		unit string
		args []string
	}{
		{s.Token(uid2test.TokenSpec{Email: "user@example.com"}) + "\n", "tokens", []string{"decrypt", "-keys", keys}},
		{raw + "\n", "raw UIDs", []string{"encrypt"}},
		{raw + "\n", "raw UIDs", []string{"optout", "status"}},
		{raw + "\n", "raw UIDs", []string{"optout", "backfill", "-store", filepath.Join(t.TempDir(), "backfilled.db")}},
		{"user@example.com\n", "identities", []string{"map"}},
		{"{}\n", "bid requests", []string{"annotate", "-when-unknown", "send"}},
		{raw + ",1700000000\n", "adding: 16,384 entries", []string{"optout", "import", "-store", more}},
		{"", "entries", []string{"optout", "export", "-store", store}},
	} {
		all.Go(func() {
			var out io.Writer = io.Discard
			if c.line == "" {
				out = new(slowOutput)
			}
			var shown bytes.Buffer
			screen := progress.NewScreen(&shown, true)
			a := &app{in: newSlowly(c.line), out: out, err: screen, now: time.Now, screen: screen}
			if code := a.run(context.Background(), append([]string{"uid2"}, c.args...)); code != 0 || !strings.Contains(shown.String(), c.unit+", ") || !strings.HasSuffix(shown.String(), "\r\x1b[K") {
				t.Errorf("%v: exit code %d: %q", c.args, code, shown.String())
			}
		})
	}
	all.Wait()
}
