//go:build unix

// Package follow does what a page says: it runs the commands of a Markdown page one after another,
// as a reader would who has an empty directory and the programs that the page names, and compares
// what they print with what the page shows. CONTRIBUTING.md has the conventions for such pages.
package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Waiting is how long a page's "wait:" may take.
const Waiting = time.Minute

// Reader follows pages.
type Reader struct {
	Dir  string    // an empty directory for all that a page makes
	Root string    // the checkout that git clone gets, with all that isn't committed
	Log  io.Writer // gets each block and what it prints; may be nil
}

// Follow runs a page's commands. The error says which block failed, and what it printed. Whatever
// the commands started has ended when it returns.
func (r *Reader) Follow(ctx context.Context, page string) (err error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	steps, err := stepsOf(string(text))
	if err != nil {
		return fmt.Errorf("%s:%w", page, err)
	}
	session, err := r.open(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	defer func() { err = errors.Join(err, session.close()) }()
	for _, s := range steps {
		if err := r.take(ctx, session, s); err != nil {
			return fmt.Errorf("%s:%d: %w", page, s.line, err)
		}
	}
	return nil
}

// open starts the session in which a page is followed.
func (r *Reader) open(page string) (*session, error) {
	home, own := filepath.Join(r.Dir, "home"), filepath.Join(r.Dir, "own")
	for _, dir := range []string{home, own, filepath.Join(r.Dir, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	bin := filepath.Join(own, "bin")
	if err := link(bin, append(needs(page), always...)); err != nil {
		return nil, err
	}
	remotes, err := r.remotes(page, own)
	if err != nil {
		return nil, err
	}
	env := append(environment(), "HOME="+home, "PATH="+bin, "TMPDIR="+filepath.Join(r.Dir, "tmp"))
	return start(home, own, append(env, remotes...))
}

// take does one step.
func (r *Reader) take(ctx context.Context, session *session, s step) error {
	if r.Log != nil {
		fmt.Fprintf(r.Log, "--- line %d: %s\n%s", s.line, s.kind, s.script)
	}
	if s.kind == waiting {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, Waiting)
		defer cancel()
	}
	printed, status, err := session.run(ctx, s)
	if r.Log != nil {
		fmt.Fprintf(r.Log, "--- prints\n%s", printed)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w\n%s\nprinted\n%s%s", err, s.script, printed, session.background())
	case status != s.status:
		return fmt.Errorf("exit status %d, want %d\n%s\nprinted\n%s%s", status, s.status, s.script, printed, session.background())
	case s.output != nil && !matches(*s.output, printed):
		return fmt.Errorf("%s\nprinted\n%swant\n%s", s.script, printed, *s.output)
	}
	return nil
}
