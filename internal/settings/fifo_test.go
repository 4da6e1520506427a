//go:build unix

package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFIFO: a FIFO in the place of a secret's file doesn't block whoever reads it again, whether
// nobody has opened it to write or somebody has and writes nothing. A
// pipe with a secret in it, as a shell makes it of <(command), is read.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadSecret(path); len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if _, err := readWithin(20*time.Millisecond, path); err == nil {
		t.Error("a FIFO in which nothing is has a secret")
	}
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	if _, err := writing.WriteString("secret"); err != nil {
		t.Fatal(err)
	}
	writing.Close()
	if text, err := ReadSecret(fmt.Sprintf("/dev/fd/%d", reading.Fd())); err != nil || string(text) != "secret" {
		t.Errorf("%q, %v", text, err)
	}
}
