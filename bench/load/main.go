package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	writeError(os.Stderr, err)
	os.Exit(1)
}

// writeError says what happened, why, and what to do.
func writeError(stderr io.Writer, err error) {
	advice.Print(stderr, "load", err, cmp.Or(advice.Of(err), "correct that, and start again; load -h shows what there is"))
}

// examples are shown by -h.
const examples = `  go run ./bench/load
  go run ./bench/load -versions v3 -rates 50 -for 10s -turns 1
  go run ./bench/load -endurance 30m -versions v4
`

// options are what the command line says.
type options struct {
	load
	versions      []pbstree.Version
	endurance     time.Duration
	keep          string
	html, figures string
}

func parseOptions(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprintf(out, "Usage: load [flags]\n\nMeasures real Prebid Servers with and without the module under load, or, with -endurance, lets one run for long.\n\nExamples:\n%s\nFlags:\n", examples)
		flags.PrintDefaults()
	}
	o.versions, o.rates = pbstree.Versions(), []float64{100, 300}
	flags.Func("versions", "of Prebid Server, with commas between several `majors` (default v3,v4)", func(s string) error { return o.parseVersions(s) })
	flags.Func("rates", "auctions a second, with commas between several `numbers` (default 100,300)", func(s string) error { return o.parseRates(s) })
	flags.DurationVar(&o.long, "for", time.Minute, "how long a turn is")
	flags.IntVar(&o.turns, "turns", 2, "how many turns each server has, at each rate, with and without a UID2 in the requests")
	flags.DurationVar(&o.endurance, "endurance", 0, "measure no load, but let servers with the module run for so long with all that happens to them")
	flags.StringVar(&o.keep, "keep", "", "keep trees and servers in this `directory`, and use those that are there")
	flags.StringVar(&o.html, "report", "load.html", "write a report with plots to this `file`; empty: none")
	flags.StringVar(&o.figures, "json", "load.json", "write the figures to this `file`; empty: none")
	if err := advice.ParseFlags(flags, args); err != nil {
		return o, err
	}
	return o, cmp.Or(advice.NoArguments(flags), o.mistake())
}

// mistake refuses lengths and numbers that measure nothing.
func (o *options) mistake() error {
	switch {
	case o.long <= 0:
		return advice.New("-for", "a turn of "+o.long.String()+" measures nothing", "write -for TIME with more than 0, as 1m")
	case o.turns <= 0:
		return advice.New("-turns", fmt.Sprintf("%d turns measure nothing", o.turns), "write -turns NUMBER with 1 or more")
	case o.endurance < 0:
		return advice.New("-endurance", o.endurance.String()+" is less than no time", "write -endurance TIME, as 30m, or leave it out")
	}
	return nil
}

func (o *options) parseVersions(list string) error {
	o.versions = nil
	for _, major := range strings.Split(list, ",") {
		all := pbstree.Versions()
		i := slices.IndexFunc(all, func(v pbstree.Version) bool { return v.Major == major })
		if i < 0 {
			return fmt.Errorf("there is no version %q, only v3 and v4", major)
		}
		o.versions = append(o.versions, all[i])
	}
	return nil
}

func (o *options) parseRates(list string) error {
	o.rates = nil
	for _, text := range strings.Split(list, ",") {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || !(rate > 0 && rate <= 1e5) {
			return fmt.Errorf("%q isn't a rate: above 0, and at most 100000", text)
		}
		o.rates = append(o.rates, rate)
	}
	return nil
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parseOptions(args, out)
	if err != nil {
		return err
	}
	if o.keep == "" {
		if o.keep, err = os.MkdirTemp("", "load"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.keep)) }()
	}
	r := &report.Report{Machine: report.ThisMachine(), Command: strings.TrimSpace("go run ./bench/load " + strings.Join(args, " ")), Date: time.Now().Format(time.RFC3339)}
	fmt.Fprintln(out, r.Heading())
	var failed error
	for _, v := range o.versions {
		section, err := o.section(ctx, v, out)
		failed = errors.Join(failed, advice.Wrap("Prebid Server "+v.Major+" didn't come through", err, "look at what is printed above, and start again with -versions "+v.Major))
		if ctx.Err() != nil {
			return failed
		}
		if section.Title == "" {
			continue
		}
		r.Sections = append(r.Sections, section)
		section.Print(out)
		if err := r.Save(o.html, o.figures); err != nil {
			return advice.Wrap("the report can't be written", err, "choose files in directories that are there, with -report and -json")
		}
	}
	return failed
}

// section builds a server and measures it.
func (o options) section(ctx context.Context, v pbstree.Version, out io.Writer) (s report.Section, err error) {
	server, err := v.Build(o.keep, nil)
	if err != nil {
		return s, err
	}
	start := time.Now()
	defer func() { s.Took = time.Since(start).Seconds() }()
	if o.endurance == 0 {
		return o.measure(ctx, v, server)
	}
	result, err := newEndurance(o.endurance).endure(ctx, server, out)
	if err != nil {
		return s, err
	}
	return result.section(v), result.err()
}
