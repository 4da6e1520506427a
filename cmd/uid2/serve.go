package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
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

// serveSidecar checks everything before it starts anything.
func (a *app) serveSidecar(ctx context.Context, c *cli.Command) error {
	place, err := placeOf(c)
	if err != nil {
		return err
	}
	token, err := sidecarToken(c, place)
	if err != nil {
		return err
	}
	cfg, err := a.bidderConfig(c)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if address := c.String("metrics"); address != "" {
		if metrics, err = listenTCP("metrics", address); err != nil {
			return err
		}
		defer metrics.Close() // it may be closed already
	}
	socket, err := place.open(ctx, c.Bool("takeover"))
	if err != nil {
		return err
	}
	defer socket.Close()
	if token == "" && socket.Addr().Network() != "unix" {
		return usagef("-token-file is missing: the socket of systemd is a port, which everybody on this machine can open")
	}
	b, err := bidder.Start(cfg)
	if err != nil {
		return configError(err)
	}
	server := sidecar.New(b, socket, sidecar.Config{
		Token: token, MaxBody: uint32(c.Int("max-body")), Connections: c.Int("connections"),
		ClientsReadStrictly: c.Bool("clients-read-strictly"), Drain: c.Duration("drain"),
	})
	return errors.Join(a.runSidecar(ctx, c.Duration("wait"), server, b, socket, metrics), b.Close())
}

// runSidecar serves until ctx ends, or until another process takes the socket over. The bidder's
// store and port are free for that process at once; what was loaded is good for the rest.
func (a *app) runSidecar(ctx context.Context, wait time.Duration, server *sidecar.Server, b *bidder.Bidder, socket *socket, metrics net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	if metrics != nil {
		fmt.Fprintf(a.out, "metrics at http://%s/metrics\n", metrics.Addr())
		group.Go(func() error { return httpserver.Run(ctx, metrics, server.Operations(), httpserver.Defaults()) })
	}
	a.waitReady(ctx, wait, b)
	group.Go(func() error {
		defer leave()
		return server.Run(ctx)
	})
	fmt.Fprintf(a.out, "listening at %s\n", socket.Addr())
	group.Go(func() error {
		return socket.offer(ctx, func() error {
			leave()
			return b.Close()
		})
	})
	return group.Wait()
}

// waitReady waits for keys and opt-outs. Without them there are answers, too.
func (a *app) waitReady(ctx context.Context, wait time.Duration, b *bidder.Bidder) {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := b.WaitReady(waiting); err != nil && ctx.Err() == nil {
		fmt.Fprintln(a.err, "uid2: serving without raw UIDs so far:", err)
	}
}

// logger writes what the bidder has to say to the standard error.
func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.err, nil))
}
