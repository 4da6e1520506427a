package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/module/pbstest"
)

// Exit statuses.
const (
	exitAsExpected = 0
	exitUnexpected = 1
	exitNoStart    = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program. It returns the exit status, and leaves nothing behind.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitAsExpected
	}
	if err != nil {
		return exitNoStart
	}
	defer removeLogs(stderr)
	results, err := demo(ctx, o, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "bidder-demo:", err)
		return exitNoStart
	}
	if !asExpected(results) {
		return exitUnexpected
	}
	return exitAsExpected
}

// demo plays all requests, shows what came of them, and serves if asked.
func demo(ctx context.Context, o options, stdout io.Writer) ([]result, error) {
	samples, err := load(o)
	if err != nil {
		return nil, err
	}
	w, err := newWorld(ctx, o, samples)
	if err != nil {
		return nil, err
	}
	defer w.close()

	start := time.Now()
	results := make([]result, 0, len(w.requests))
	for _, request := range w.requests {
		results = append(results, w.play(ctx, request))
	}
	if err := show(stdout, o, results, time.Since(start)); err != nil {
		return nil, err
	}
	if o.serve {
		return results, w.serve(ctx, o, stdout)
	}
	return results, nil
}

// load reads the requests: the user's own, or the samples, for which only local operators make tokens.
func load(o options) ([]fixtures.Sample, error) {
	switch {
	case o.requests != "":
		samples, err := fixtures.ReadSamples(os.DirFS(o.requests))
		if err == nil && len(samples) == 0 {
			err = fmt.Errorf("no *.json in %s", o.requests)
		}
		return samples, err
	case o.operator.url != "":
		return nil, nil
	}
	return fixtures.Samples(), nil
}

func removeLogs(stderr io.Writer) {
	if err := pbstest.RemoveLogs(); err != nil {
		fmt.Fprintln(stderr, "bidder-demo: Prebid Server's logs stay behind:", err)
	}
}
