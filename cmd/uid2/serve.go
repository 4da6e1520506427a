package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"
)

func (a *app) serve() *cli.Command {
	return a.command(&cli.Command{
		Name:     "serve",
		Usage:    "annotate bid requests for bidders in other languages, over HTTP",
		Category: "BIDDERS",
		Description: `A sidecar: a bidder on this machine POSTs its bid requests to /annotate and gets them back with the raw UIDs, or tokens to
/tokens and gets verdicts. /healthz, /readyz and /metrics are for who operates it. docs/sidecar.md describes all of it.

It listens on a Unix socket that only its user may open, or at a port of this machine, for which clients need the token of
-token-file. On SIGTERM it finishes the requests in progress. -takeover takes the place of the process that serves at the
same address: no connection is refused meanwhile. With -listen systemd, the socket outlives every process.

Examples:
   uid2 serve -config uid2.json -listen unix:/run/uid2/sidecar.sock
   uid2 serve -config uid2.json -listen unix:/run/uid2/sidecar.sock -takeover
   uid2 serve -config uid2.json -listen 127.0.0.1:8310 -token-file token -metrics 127.0.0.1:8311
   uid2 serve -when-unknown send -listen unix:sidecar.sock      # opt-outs are checked elsewhere`,
		Flags: append(bidderFlags(),
			&cli.StringFlag{Name: "listen", Required: true, Usage: "listen at this `ADDRESS`: unix:PATH, a port of this machine as in 127.0.0.1:8310, or systemd to take over the socket of systemd"},
			&cli.StringFlag{Name: "socket-mode", Value: "0600", Usage: "who may open a Unix socket, a `MODE` in octal"},
			&cli.StringFlag{Name: "token-file", TakesFile: true, Usage: "a `FILE` with the token that clients send as Authorization: Bearer; needed unless it is a Unix socket"},
			&cli.BoolFlag{Name: "any-address", Usage: "let -listen be an address that other machines reach: tokens and raw UIDs cross the network unencrypted"},
			&cli.BoolFlag{Name: "takeover", Usage: "take the place of the process that serves there, if there is one; Linux only"},
			&cli.StringFlag{Name: "metrics", Usage: "serve /metrics, /healthz and /readyz at this `ADDRESS`, too"},
			&cli.IntFlag{Name: "max-body", Value: 1 << 20, Usage: "refuse bodies of more `BYTES`, also when they are decompressed", Validator: between(1<<10, 64<<20)},
			&cli.IntFlag{Name: "connections", Value: 1024, Usage: "the `NUMBER` of connections; more have to wait", Validator: between(1, 1<<16)},
			&cli.BoolFlag{Name: "clients-read-strictly", Usage: "each client refuses what isn't JSON: don't look at bid requests as a whole, which is most of the work"},
			&cli.DurationFlag{Name: "wait", Value: 5 * time.Second, Usage: "wait for keys and opt-outs for this `TIME` before the first request"},
			&cli.DurationFlag{Name: "drain", Value: 5 * time.Second, Usage: "the `TIME` that connected clients have when it stops"},
			&cli.DurationFlag{Name: "for", Usage: "stop after this `TIME`", HideDefault: true},
		),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			if c.IsSet("for") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.Duration("for"))
				defer cancel()
			}
			return a.serveSidecar(ctx, c)
		}),
	})
}

func between(least, most int) func(int) error {
	return func(n int) error {
		if n < least || n > most {
			return fmt.Errorf("it is a number from %d to %d", least, most)
		}
		return nil
	}
}
