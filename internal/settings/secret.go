package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

var errLong = errors.New("the file is longer than any secret")

// Secret is one that stands in the configuration itself, in an environment variable, or in a file.
type Secret struct{ Inline, Env, File Scalar }

// Used reports whether the secret stands anywhere.
func (s Secret) Used() bool {
	return !s.Inline.Absent() || !s.Env.Absent() || !s.File.Absent()
}

// Resolve reads the secret. Exactly one of the three places must be used. No error holds the
// secret.
func (s Secret) Resolve(name string) (string, error) {
	places := 0
	for _, place := range []Scalar{s.Inline, s.Env, s.File} {
		if !place.Absent() {
			places++
		}
	}
	if places != 1 {
		return "", Wrong(name, fmt.Sprintf("set exactly one of %[1]s, %[1]s_env and %[1]s_file", name))
	}
	switch {
	case !s.Env.Absent():
		secret := os.Getenv(s.Env.text)
		if secret == "" {
			return "", Wrong(name+"_env", "the environment variable that it names is empty")
		}
		return secret, nil
	case !s.File.Absent():
		text, err := ReadSecret(s.File.text)
		if err != nil {
			return "", &Error{name + "_file", err}
		}
		secret := strings.TrimSpace(string(text))
		if secret == "" {
			return "", Wrong(name+"_file", "the file is empty")
		}
		return secret, nil
	}
	return s.Inline.text, nil
}

// InFile reports whether the secret stands in a file, the only place that may change while a
// process runs.
func (s Secret) InFile() bool { return !s.File.Absent() }

// Lines is Resolve for secrets of which several may be valid, as the old one and the new one are
// during a rotation: a file may have one in each of its lines.
func (s Secret) Lines(name string) (lines []string, err error) {
	text, err := s.Resolve(name)
	if err != nil {
		return nil, err
	}
	if !s.InFile() {
		return []string{text}, nil
	}
	return Lines(text), nil
}

// Lines returns the lines of a text, without spaces around them and without empty ones.
func Lines(text string) (lines []string) {
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

const (
	// maxSecret is more than any secret has: a device that never ends is none.
	maxSecret = 64 << 10
	// readTime is how long the program may take that writes to a FIFO; files have no such limit.
	readTime = 10 * time.Second
)

// ReadSecret returns what a file with secrets has. It doesn't wait for somebody to write to a FIFO,
// as files are read again while requests wait or the program ends.
func ReadSecret(path string) ([]byte, error) { return readWithin(readTime, path) }

func readWithin(most time.Duration, path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_ = file.SetReadDeadline(time.Now().Add(most)) // most files can't have one
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err == nil && len(text) > maxSecret {
		err = errLong
	}
	return text, err
}
