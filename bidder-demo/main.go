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
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/operator"
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
	if err := pbstest.RemoveLogs(); err != nil {
		fmt.Fprintln(os.Stderr, "bidder-demo: Prebid Server's logs stay behind:", err)
	}
	os.Exit(status)
}

// run runs the program and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitAsExpected
	}
	if err != nil {
		return exitNoStart
	}
	if o.bidder != "" {
		return exitOf(stderr, true, alone(ctx, o.bidder, stdout))
	}
	played, err := demo(ctx, o, stdout, stderr)
	return exitOf(stderr, played.asExpected(), err)
}

// exitOf returns the exit status, and reports an error.
func exitOf(stderr io.Writer, asExpected bool, err error) int {
	if err != nil {
		writeError(stderr, err)
		return exitNoStart
	}
	if !asExpected {
		return exitUnexpected
	}
	return exitAsExpected
}

// writeError says what happened, why, and what to do.
func writeError(stderr io.Writer, err error) {
	do := advice.Of(err)
	switch {
	case do != "":
	case errors.Is(err, syscall.EADDRINUSE):
		do = "choose another address with -addr, or stop the process that has it"
	case errors.Is(err, operator.ErrCredentials), errors.Is(err, operator.ErrUnauthorized), errors.Is(err, operator.ErrClientSecret):
		do = "check -api-key and -client-secret"
	default:
		do = "correct that, and start again; bidder-demo -h shows what there is"
	}
	advice.Print(stderr, "bidder-demo", err, do)
}

// demo plays all requests, shows the results, and serves if requested.
func demo(ctx context.Context, o options, stdout, stderr io.Writer) (all played, err error) {
	samples, err := load(o)
	if err != nil {
		return played{}, err
	}
	if err := pbstest.RedirectLogs(); err != nil {
		return played{}, err
	}
	w, err := newWorld(ctx, o, samples)
	if err != nil {
		return played{}, err
	}
	defer w.close()
	out := stdout
	if o.json {
		out = stderr // stdout holds only JSON
	}
	if o.serve {
		stop, failed := w.servePage(ctx, o, out)
		if failed != nil {
			return played{}, failed
		}
		defer func() { err = errors.Join(err, stop()) }()
	}

	start := time.Now()
	all = played{results: make([]result, 0, len(w.requests))}
	for _, request := range w.requests {
		all.results = append(all.results, w.play(ctx, request))
	}
	if all.live, err = w.optOutLive(ctx); err != nil {
		return played{}, err
	}
	if err := show(stdout, o, all, time.Since(start)); err != nil {
		return played{}, err
	}
	if o.serve {
		return all, w.serve(ctx, o, out)
	}
	return all, nil
}

// load reads the requests: the user's own, or the samples, for which only local operators can make
// tokens.
func load(o options) ([]fixtures.Sample, error) {
	switch {
	case o.requests != "":
		samples, err := fixtures.ReadSamples(os.DirFS(o.requests))
		if err != nil {
			return nil, advice.Wrap("-requests: "+o.requests+" can't be read", err, "name a directory with bid requests, or files in the samples' format (fixtures/samples), as *.json")
		}
		if len(samples) == 0 {
			return nil, advice.New("-requests: nothing to play", "there is no *.json in "+o.requests, "name a directory with bid requests as *.json")
		}
		return samples, nil
	case o.operator.url != "":
		return nil, nil
	}
	return fixtures.Samples(), nil
}
