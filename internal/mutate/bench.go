package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// bench tries changes: in a directory, with the tests of some packages.
type bench struct {
	dir    string
	suites []*suite
}

// suite is all or some of the tests of one package.
type suite struct {
	place
	run, skip string        // selects tests, as for go test
	limit     time.Duration // for running them
}

// leastLimit is the minimum limit, even for the quickest tests, since a machine may be busy.
const leastLimit = 5 * time.Second

// newBench runs the tests without a change; they must pass.
func newBench(ctx context.Context, p *pkg, o *options) (*bench, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, suites: []*suite{{place: p.place, run: o.run, skip: o.skip}}}
	err = b.furnish(ctx, o)
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) furnish(ctx context.Context, o *options) error {
	for _, pattern := range o.tests {
		places, err := locate(pattern)
		if err != nil {
			return err
		}
		for _, p := range places {
			b.suites = append(b.suites, &suite{place: p, run: o.run, skip: o.skip})
		}
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

// tryAll tries changes, several concurrently, and calls tried for each finished one, one at a time.
func (b *bench) tryAll(ctx context.Context, changes []*Change, workers int, tried func(*Change)) error {
	var one sync.Mutex
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
				one.Lock()
				tried(c)
				one.Unlock()
			}
		})
	}
	var err error
feed:
	for i, c := range changes {
		if i > 0 && i%100 == 0 {
			fmt.Fprintf(os.Stderr, "%s: %d of %d changes\n", b.suites[0].path, i, len(changes))
		}
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

// try builds the tests with a change and runs them until one suite notices the change.
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
