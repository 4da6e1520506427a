package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// bench is where changes are tried: a directory, and the packages whose tests judge.
type bench struct {
	dir    string
	suites []*suite
}

// suite is the tests of one package.
type suite struct {
	path, dir string
	limit     time.Duration // for its tests
}

// leastLimit is what even the quickest tests are given, since a machine may be busy.
const leastLimit = 5 * time.Second

// newBench runs the tests without a change, which must pass.
func newBench(ctx context.Context, p *pkg, o *options) (*bench, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, suites: []*suite{{path: p.path, dir: p.dir}}}
	err = b.furnish(ctx, o)
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) furnish(ctx context.Context, o *options) error {
	for _, pattern := range o.tests {
		out, err := goList("-f", "{{.ImportPath}}\n{{.Dir}}", pattern)
		if err != nil {
			return err
		}
		s := new(suite)
		if _, err := fmt.Sscanln(string(out), &s.path, &s.dir); err != nil {
			return err
		}
		b.suites = append(b.suites, s)
	}
	for _, s := range b.suites {
		s.limit = 10 * time.Minute
		a, err := newAttempt(b.dir, nil)
		if err != nil {
			return err
		}
		started := time.Now()
		result, by := a.judge(ctx, s)
		a.close()
		if result != Unnoticed {
			return fmt.Errorf("without a change, %s: %s %s", s.path, result, by)
		}
		s.limit = max(leastLimit, time.Duration(o.patience)*time.Since(started))
	}
	return nil
}

func (b *bench) close() { os.RemoveAll(b.dir) }

// tryAll tries changes, some at the same time.
func (b *bench) tryAll(ctx context.Context, changes []*Change, workers int) error {
	work := make(chan *Change)
	errs := make(chan error, workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for c := range work {
				if err := b.try(ctx, c); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	var err error
feed:
	for _, c := range changes {
		select {
		case work <- c:
		case err = <-errs:
			break feed
		case <-ctx.Done():
			err = ctx.Err()
			break feed
		}
	}
	close(work)
	wg.Wait()
	if err == nil && len(errs) > 0 {
		err = <-errs
	}
	return err
}

// try builds the tests with a change and runs them until one suite notices.
func (b *bench) try(ctx context.Context, c *Change) error {
	a, err := newAttempt(b.dir, c)
	if err != nil {
		return err
	}
	defer a.close()
	for _, s := range b.suites {
		if c.Result, c.NoticedBy = a.judge(ctx, s); c.Result != Unnoticed {
			break
		}
	}
	return ctx.Err()
}

// attempt is one run of the tests, in a directory of its own.
type attempt struct {
	dir     string
	overlay string // a file; "" without a change
}

func newAttempt(parent string, c *Change) (*attempt, error) {
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return nil, err
	}
	a := &attempt{dir: dir}
	if c == nil {
		return a, nil
	}
	changed := filepath.Join(dir, c.File)
	if err := os.WriteFile(changed, c.content(), 0o600); err != nil {
		return nil, err
	}
	a.overlay = filepath.Join(dir, "overlay.json")
	return a, writeOverlay(a.overlay, c.file.path, changed)
}

func (a *attempt) close() { os.RemoveAll(a.dir) }
