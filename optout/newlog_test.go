package optout

import (
	"errors"
	"os"
	"testing"
)

// TestNewLogNotWritten: a new log that can't be written doesn't replace the old one, and the error
// is reported.
func TestNewLogNotWritten(t *testing.T) {
	b := newLogFile(t, 5)
	now := *b.known.Load()
	b.Close()
	for name, breaks := range map[string]func(*newLog){
		"the log":   func(l *newLog) { l.file.Close() },
		"its place": func(l *newLog) { os.Remove(newPath(l.path)) },
	} {
		l, err := startLog(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.addEntry(entriesOf(t, 9, 9)[0]); err != nil {
			t.Fatal(err)
		}
		breaks(l)
		if err := l.takePlace(now); err == nil {
			t.Errorf("%s: it took the place", name)
		}
		_ = l.drop() // remove the rest
		if _, err := os.Stat(newPath(b.path)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: it is still there", name)
		}
		if b, err = OpenFile(b.path); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		holds(t, b, 5)
		b.Close()
	}
}
