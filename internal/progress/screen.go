package progress

import (
	"io"
	"os"
	"sync"
)

// Screen is a terminal, or whatever else messages are written to.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	draws bool // it is a terminal that can draw a line anew
	drawn bool // the line is on it
}

// NewScreen returns a screen that writes to out. If that isn't a terminal, or one that can't draw a
// line anew, no progress is shown.
func NewScreen(out io.Writer, isTerminal bool) *Screen {
	term := os.Getenv("TERM")
	return &Screen{out: out, draws: isTerminal && term != "dumb"}
}

// Write writes a message, in the place of the line, which comes back below it.
func (s *Screen) Write(message []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	return s.out.Write(message)
}

// Beside returns a writer to another file that may be the same terminal.
func (s *Screen) Beside(other io.Writer) io.Writer { return &beside{s, other} }

type beside struct {
	screen *Screen
	other  io.Writer
}

func (b *beside) Write(text []byte) (int, error) {
	b.screen.mu.Lock()
	defer b.screen.mu.Unlock()
	b.screen.clear()
	return b.other.Write(text)
}

const (
	clearLine = "\r\x1b[K"
	// A line that is longer than the terminal is wide is cut, as only one line can be cleared.
	dontWrap, wrap = "\x1b[?7l", "\x1b[?7h"
)

func (s *Screen) draw(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = true
	io.WriteString(s.out, clearLine+dontWrap+line+wrap) // progress is no reason to stop
}

// end clears the line.
func (s *Screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Screen) clear() {
	if s.drawn {
		s.drawn = false
		io.WriteString(s.out, clearLine)
	}
}
