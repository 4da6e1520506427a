package main

import (
	"bufio"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/openrtb"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) annotate() *cli.Command {
	return a.command(&cli.Command{
		Name:     "annotate",
		Usage:    "annotate bid requests, one per line, as a bidder does",
		Category: "BIDDERS",
		Description: `Reads one bid request per line from standard input and writes it with what came of each token beside it, in the same order.
What can't be annotated safely is left out, and its line says which one it was and why:

   {"line":7,"error":"ambiguous JSON key"}

It waits until the keys and opt-outs are there.

Examples:
   uid2 annotate -config uid2.json <requests.ndjson >annotated.ndjson
   uid2 annotate -when-unknown send -now 2026-01-15T12:00:00Z <requests.ndjson   # opt-outs are checked elsewhere`,
		Flags: append(bidderFlags(), newNowFlag()),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			cfg, err := a.bidderConfig(c)
			if err != nil {
				return err
			}
			b, err := a.openBidder(ctx, c, cfg)
			if err != nil {
				return err
			}
			defer b.Close()
			progress := a.streamProgress(c, a.in, "bid request")
			defer progress.End()
			return a.buffered(func(w *bufio.Writer) error {
				return eachBatch(ctx, a.in, w, maxRequest+1, func(dst []byte, lines *batch) []byte {
					defer addBatch(progress, lines)
					return a.annotateLines(c, dst, lines, b)
				})
			})
		}),
	})
}

// maxRequest is how many bytes a bid request may have.
const maxRequest = 1 << 20

// openBidder returns a bidder that is ready, and waits for it as long as for any answer.
func (a *app) openBidder(ctx context.Context, c *cli.Command, cfg bidder.Config) (*bidder.Bidder, error) {
	defer a.waiting(c, "waiting for keys and opt-outs").End()
	ctx, cancel := context.WithTimeout(ctx, c.Duration("timeout"))
	defer cancel()
	b, err := bidder.Start(cfg)
	if err != nil {
		return nil, configError(err)
	}
	if err := waitReady(ctx, b); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// lockPatience is how long another process may have the store, as one that is about to end does.
const lockPatience = 3 * time.Second

// waitReady waits until a bidder is ready, but not for a store that another process goes on having.
func waitReady(ctx context.Context, b *bidder.Bidder) error {
	for start := time.Now(); ; {
		soon, cancel := context.WithTimeout(ctx, askWhy)
		err := b.WaitReady(soon)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return advice.Wrap("nothing can be annotated so far", err, "")
		case time.Since(start) > lockPatience && errors.Is(b.Health(time.Now()), optout.ErrLocked):
			return input("nothing can be annotated", optout.ErrLocked, "stop the process that has the store of opt_outs open, such as a sidecar, or let it annotate; "+
				"or write a configuration with opt_outs of its own, for example with a copy of the store and of its file .end")
		}
	}
}

// annotateLines appends the result of each line.
func (a *app) annotateLines(c *cli.Command, dst []byte, lines *batch, b *bidder.Bidder) []byte {
	now, number := a.at(c), lines.first
	for line := range lines.lines {
		annotated, err := annotateLine(dst, line, b, now)
		if err != nil {
			annotated = strconv.AppendInt(append(dst, `{"line":`...), int64(number), 10)
			annotated = append(append(append(annotated, `,"error":"`...), err.Error()...), `"}`...)
		}
		dst = append(annotated, '\n')
		number++
	}
	return dst
}

var errTooLong = errors.New("more than 1048576 bytes")

// annotateLine appends the annotated request. Errors have nothing of it, and need no escaping.
func annotateLine(dst, line []byte, b *bidder.Bidder, now time.Time) ([]byte, error) {
	if len(line) > maxRequest {
		return dst, errTooLong
	}
	annotated, _, err := b.Annotate(dst, line, now)
	if err == nil && !sidecar.Valid(annotated[len(dst):]) {
		err = openrtb.ErrMalformed
	}
	return annotated, err
}
