package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	tests    []string
	run      string
	skip     string
	files    []string
	workers  int
	sample   int
	seed     uint64
	match    *regexp.Regexp
	again    string
	json     string
	patience int
}

// some reports whether only some tests, or only some files, are used.
func (o *options) some() bool { return o.run != "" || o.skip != "" || len(o.files) > 0 }

// errShort: the run succeeded, but its result isn't good enough.
var errShort = errors.New("not good enough")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errShort):
		stop()
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		stop()
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	o, patterns, err := parseFlags(args)
	if err != nil {
		return err
	}
	paths, err := expand(patterns)
	if err != nil {
		return err
	}
	var reports []*report
	short := false
	for _, path := range paths {
		r, err := judge(ctx, path, o)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.printFaults(os.Stdout)
		reports = append(reports, r)
		short = short || !r.good()
	}
	printTable(os.Stdout, reports)
	if o.json != "" {
		if err := writeJSON(o.json, reports); err != nil {
			return err
		}
	}
	if short {
		return errShort
	}
	return nil
}

func parseFlags(args []string) (*options, []string, error) {
	o := new(options)
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	tests := flags.String("tests", "", "further `packages` whose tests may notice a change, separated by commas")
	flags.StringVar(&o.run, "run", "", "judge by the tests that match this `regexp` only, as go test does")
	flags.StringVar(&o.skip, "skip", "", "leave out the tests that match this `regexp`, as go test does")
	files := flags.String("files", "", "only changes of these `files`, separated by commas; the others aren't looked at")
	match := flags.String("match", "", "only changes whose name matches this `regexp`")
	flags.IntVar(&o.workers, "workers", 2, "changes tried at the same time")
	flags.IntVar(&o.sample, "sample", 0, "try only so many changes, taken at random; 0 for all")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the sample")
	flags.StringVar(&o.again, "again", "", "only what this earlier -json `report` has as not noticed")
	flags.StringVar(&o.json, "json", "", "write a report to this `file`")
	flags.IntVar(&o.patience, "patience", 6, "tests that take so many times as long have noticed")
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	if *tests != "" {
		o.tests = strings.Split(*tests, ",")
	}
	if *files != "" {
		o.files = strings.Split(*files, ",")
	}
	var err error
	o.match, err = regexp.Compile(*match)
	return o, flags.Args(), err
}

// expand returns the packages that the patterns match; without patterns, those with a list of
// unnoticed changes.
func expand(patterns []string) ([]string, error) {
	if len(patterns) == 0 {
		return withLists()
	}
	places, err := locate(patterns...)
	var paths []string
	for _, p := range places {
		paths = append(paths, p.path)
	}
	return paths, err
}

// judge tries the changes of one package.
func judge(ctx context.Context, path string, o *options) (*report, error) {
	started := time.Now()
	p, err := load(path)
	if err != nil {
		return nil, err
	}
	known, err := readKnown(p.dir)
	if err != nil {
		return nil, err
	}
	if err := p.has(o.files); err != nil {
		return nil, err
	}
	all := p.changes(o.files...)
	chosen, err := choose(all, o)
	if err != nil {
		return nil, err
	}
	b, err := newBench(ctx, p, o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	r := &report{Package: p.path, Changes: chosen, known: known, partial: len(chosen) < len(all) || o.some()}
	err = b.tryAll(ctx, chosen, o.workers, func(c *Change) { r.printUnnoticed(os.Stdout, c) })
	if err != nil {
		return nil, err
	}
	r.Faults = known.of(o.files).check(all, chosen)
	r.Seconds = time.Since(started).Seconds()
	return r, nil
}
