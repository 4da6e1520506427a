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
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/advice"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			writeError(os.Stderr, err)
		}
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	effort
	java bool
}

func parseOptions(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bidder", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprint(out, "go run ./bench/bidder [flags]\n\nMeasures whole bidders beside each other: with uid2rtb, written by hand in Go, and with the official Java SDK.\n\n")
		flags.PrintDefaults()
	}
	isQuick := flags.Bool("quick", false, "measure less, in a minute")
	missing := missingTools()
	flags.BoolVar(&o.java, "java", len(missing) == 0, "measure the official Java SDK, too; wants a JDK, Maven and its package registry")
	if err := cmp.Or(advice.ParseFlags(flags, args), advice.NoArguments(flags)); err != nil {
		return o, err
	}
	if o.java && len(missing) > 0 {
		return o, advice.New("-java", "missing: "+strings.Join(missing, ", "), "install them, on Debian by "+installJava+"; or leave -java out")
	}
	o.effort = normal
	if *isQuick {
		o.effort = quick
	}
	return o, nil
}

// writeError says what happened, why, and what to do.
func writeError(stderr io.Writer, err error) {
	advice.Print(stderr, "bidder", err, cmp.Or(advice.Of(err), "correct that, and start again; bidder -h shows what there is"))
}

// run measures what args say, prints the table to out, and how far it is to progress.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := parseOptions(args, out)
	if err != nil {
		return err
	}
	if missing := missingTools(); !o.java && len(missing) > 0 {
		fmt.Fprintf(out, "The official Java SDK is not measured; missing: %s. On Debian: %s\n", strings.Join(missing, ", "), installJava)
	}
	r := &report.Report{Machine: report.ThisMachine(), Command: strings.TrimSpace("go run ./bench/bidder " + strings.Join(args, " ")), Date: time.Now().Format(time.RFC3339)}
	fmt.Fprintln(out, r.Heading())
	table, err := o.measure(ctx, progress)
	if err != nil {
		return err
	}
	table.PrintMarkdown(out)
	fmt.Fprintf(out, "\nRequests of %d bytes, %d connections, %d turns, load at the end %s\n", requestBytes, connections, o.turns, report.ThisMachine().Load)
	return nil
}

// measure builds all bidders, checks their answers, and measures them in turns.
func (o options) measure(ctx context.Context, progress io.Writer) (t report.Table, err error) {
	dir, err := os.MkdirTemp("", "bidder")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintln(progress, "building")
	contenders, err := goContenders(ctx, dir)
	if err != nil {
		return t, err
	}
	if o.java {
		java, err := javaContenders(ctx, dir)
		if err != nil {
			return t, err
		}
		contenders = append(contenders, java...)
	}
	m, err := newMarket()
	if err != nil {
		return t, err
	}
	defer m.close()
	bidders, err := startAll(ctx, contenders, m, dir)
	defer func() { err = errors.Join(err, closeAll(bidders)) }()
	if err != nil {
		return t, err
	}
	fmt.Fprintln(progress, "all answer as they must; warming up")
	for _, b := range bidders {
		if err := b.warmUp(ctx, m, o.effort); err != nil {
			return t, err
		}
	}
	for i := range o.turns {
		fmt.Fprintf(progress, "turn %d of %d\n", i+1, o.turns)
		for _, b := range bidders {
			if err := b.take(ctx, m, o.effort); err != nil {
				return t, err
			}
		}
	}
	return tableOf(bidders)
}

// startAll starts a bidder of each kind and checks its answers.
func startAll(ctx context.Context, contenders []contender, m *market, dir string) (bidders []*bidder, err error) {
	for i, c := range contenders {
		own := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return bidders, err
		}
		b, err := c.start(ctx, m, own)
		if err != nil {
			return bidders, err
		}
		bidders = append(bidders, b)
		if err := b.check(m); err != nil {
			return bidders, err
		}
	}
	return bidders, nil
}

func closeAll(bidders []*bidder) (err error) {
	for _, b := range bidders {
		err = errors.Join(err, b.close())
	}
	return err
}
