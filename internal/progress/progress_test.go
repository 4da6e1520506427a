//go:build go1.25

package progress

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// terminal remembers what is written, and how often.
type terminal struct {
	mu    sync.Mutex
	all   bytes.Buffer
	draws int
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if bytes.Contains(p, []byte(dontWrap)) {
		t.draws++
	}
	return t.all.Write(p)
}

// last is what the line says.
func (t *terminal) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, line, _ := strings.Cut(t.all.String()[max(0, strings.LastIndex(t.all.String(), dontWrap)):], dontWrap)
	line, _, _ = strings.Cut(line, wrap)
	return line
}

// text is all that was written.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}

// drawn is how often the line was drawn.
func (t *terminal) drawn() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.draws
}

// TestLine: nothing for two seconds, then five times a second, with the amount, the rate and the
// time left, and an empty line at the end.
func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		term := &terminal{}
		line := (&Screen{out: term, draws: true}).Start("", "token")
		line.Whole(10_000)
		for range 19 {
			time.Sleep(100 * time.Millisecond)
			line.Add(1000)
			line.AddPart(10)
		}
		if len(term.text()) > 0 {
			t.Fatalf("after 1.9 s: %q", term.text())
		}
		for range 31 {
			time.Sleep(100 * time.Millisecond)
			line.Add(1000)
			line.AddPart(10)
		}
		synctest.Wait()
		want := regexp.MustCompile(`^(49|50),000 tokens, (9,[7-9]\d\d|10,\d\d\d)/s, [45] %, 1 min 3\d s left$`)
		if got := term.last(); !want.MatchString(got) {
			t.Errorf("%q", got)
		}
		if term.drawn() > 16 || term.drawn() < 14 {
			t.Errorf("%d drawings in 3 s", term.drawn())
		}
		line.End()
		line.End()
		if !strings.HasSuffix(term.text(), clearLine) {
			t.Error("the line stays")
		}
		before := len(term.text())
		time.Sleep(time.Minute)
		if len(term.text()) != before {
			t.Error("it is drawn after its end")
		}
	})
}

// TestMessages don't run into the line.
func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		term := &terminal{}
		screen := &Screen{out: term, draws: true}
		line := screen.Start("the log", Bytes)
		defer line.End()
		line.Add(1_500_000)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		io.WriteString(screen, "a message\n")
		if !strings.HasSuffix(term.text(), wrap+clearLine+"a message\n") {
			t.Errorf("%q", term.text())
		}
		io.WriteString(screen, "another\n")
		if !strings.HasSuffix(term.text(), "a message\nanother\n") {
			t.Errorf("%q", term.text())
		}
		if got := term.last(); !strings.HasPrefix(got, "the log: 1.5 MB, ") || !strings.HasSuffix(got, "/s, 3 s so far") {
			t.Errorf("%q", got)
		}
	})
}

// TestWithoutTerminal: nothing is shown, and nothing breaks.
func TestWithoutTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	t.Setenv("TERM", "dumb")
	if NewScreen(file, true).Start("", "token") != nil {
		t.Error("a terminal that can't clear a line has one")
	}
	t.Setenv("TERM", "xterm")
	line := NewScreen(file, false).Start("", "token")
	if line != nil {
		t.Fatal("a file is a terminal")
	}
	line.Add(1)
	line.AddPart(1)
	line.Whole(1)
	line.Skip(1, 1)
	line.WholeOf(file)
	line.Describe("")
	line.End()
	if (*Screen)(nil).Start("", "token") != nil {
		t.Error("no screen is a terminal")
	}
}

// TestSteady: one slow batch doesn't make the time left jump, and a pace that has changed for good
// is found out.
func TestSteady(t *testing.T) {
	start := time.Now()
	p := newPace(start, point{whole: 1000})
	at, now := point{whole: 1000}, start
	run := func(seconds int, perSecond float64) {
		for range seconds * 5 {
			now = now.Add(interval)
			at.part += perSecond / 5
			p.add(now, at)
		}
	}
	if _, known := p.left(); known {
		t.Error("the time left is known before anything is done")
	}
	run(20, 10)
	steady, _ := p.left()
	if steady.Round(time.Second) != 80*time.Second {
		t.Errorf("%v left", steady)
	}
	run(1, 0)
	if stalled, _ := p.left(); stalled > steady*11/10 {
		t.Errorf("%v left after a stall of a second", stalled)
	}
	run(100, 2)
	if slow, _ := p.left(); slow < 280*time.Second || slow > 310*time.Second {
		t.Errorf("%v left, at a fifth of the speed", slow)
	}
}

// TestWholeOf: what is left of a file; of a pipe, nobody knows.
func TestWholeOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	line, piped := &Line{}, &Line{}
	line.WholeOf(file)
	piped.WholeOf(strings.NewReader("text"))
	if line.whole.Load() != 6 || piped.whole.Load() != 0 {
		t.Errorf("%d and %d bytes", line.whole.Load(), piped.whole.Load())
	}
}

// TestSkip: what was done before counts as done, and not as work of now.
func TestSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		term := &terminal{}
		line := (&Screen{out: term, draws: true}).Start("", "raw UID")
		defer line.End()
		line.Whole(1000)
		line.Skip(900, 900)
		for range 50 {
			time.Sleep(100 * time.Millisecond)
			line.Add(1)
			line.AddPart(1)
		}
		synctest.Wait()
		if got := term.last(); !regexp.MustCompile(`^9(49|50) raw UIDs, (9|10)/s, 9[45] %, [56] s left$`).MatchString(got) {
			t.Errorf("%q", got)
		}
	})
}

// TestBeside: what goes to another file of the same terminal doesn't run into the line either.
func TestBeside(t *testing.T) {
	term := &terminal{}
	screen := &Screen{out: term, draws: true}
	screen.draw("line")
	io.WriteString(screen.Beside(term), "result\n")
	if !strings.HasSuffix(term.text(), clearLine+"result\n") {
		t.Errorf("%q", term.text())
	}
}

func TestTexts(t *testing.T) {
	for want, got := range map[string]string{
		"1,234,567": grouped(1_234_567), "999": grouped(999), "1,000": grouped(1000),
		"999 bytes": size(999), "1 kB": size(999.6), "12.3 MB": size(12_345_678), "1.5 TB": size(1.5e12),
		"59 s": duration(59 * time.Second), "1 min 00 s": duration(59600 * time.Millisecond), "3 h 20 min": duration(200 * time.Minute),
		"30/min": (&Line{unit: "call"}).rate(0.5), "1 call": (&Line{unit: "call"}).amount(1),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
