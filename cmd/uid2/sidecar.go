package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// serveSidecar checks everything before it starts anything.
func (a *app) serveSidecar(ctx context.Context, c *cli.Command) error {
	place, err := placeOf(c)
	if err != nil {
		return err
	}
	tokens, err := sidecarTokens(c, place)
	if err != nil {
		return err
	}
	cfg, err := a.bidderConfig(c)
	if err != nil {
		return err
	}
	socket, err := place.open(ctx, c.Bool("takeover"))
	if err != nil {
		return err
	}
	defer socket.Close() // it may be closed already
	if len(tokens) == 0 && socket.Addr().Network() != "unix" {
		return usage("-token-file", "it is missing, and the socket of systemd is a port, which everybody on this machine can open", "write -token-file FILE with a token that clients send, or let systemd listen at a Unix socket")
	}
	metrics, err := listenMetrics(c)
	if err != nil {
		return err
	}
	defer metrics.Close()
	b, err := bidder.Start(cfg)
	if err != nil {
		return configError(err)
	}
	server := sidecar.New(b, socket, sidecar.Config{
		Tokens: tokens, MaxBody: uint32(c.Int("max-body")), Connections: c.Int("connections"),
		ClientsReadStrictly: c.Bool("clients-read-strictly"), Drain: c.Duration("drain"),
	})
	running := &runningSidecar{server, b, socket, metrics, c.String("token-file")}
	return errors.Join(running.run(ctx, a, c.Duration("wait")), b.Close())
}

// listenMetrics listens at the address of -metrics, if there is one.
func listenMetrics(c *cli.Command) (net.Listener, error) {
	if address := c.String("metrics"); address != "" {
		return listenTCP("metrics", address)
	}
	return nowhere{}, nil
}

// nowhere is a listener that nobody can connect to.
type nowhere struct{ net.Listener }

// Close does nothing.
func (nowhere) Close() error { return nil }

// runningSidecar is a sidecar and what it needs.
type runningSidecar struct {
	server    *sidecar.Server
	bidder    *bidder.Bidder
	socket    *socket
	metrics   net.Listener
	tokenFile string // empty: none
}

// run serves until ctx ends, or until another process has taken the socket over.
func (r *runningSidecar) run(ctx context.Context, a *app, wait time.Duration) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	if r.metrics != (nowhere{}) {
		fmt.Fprintf(a.out, "metrics at http://%s/metrics\n", r.metrics.Addr())
		group.Go(func() error {
			return httpserver.Run(ctx, r.metrics, r.server.Operations(), httpserver.Defaults())
		})
	}
	r.waitReady(ctx, a, wait)
	group.Go(func() error {
		defer leave()
		return r.server.Run(ctx)
	})
	fmt.Fprintf(a.out, "listening at %s\n", r.socket.Addr())
	if r.tokenFile != "" {
		group.Go(func() error { return a.followTokens(ctx, r.tokenFile, r.server.SetTokens) })
	}
	group.Go(func() error {
		err := r.socket.offer(ctx, func() error { return r.free(leave) })
		if errors.Is(err, errNotOffered) {
			fmt.Fprintln(a.err, "uid2:", err)
			return nil
		}
		return err
	})
	return group.Wait()
}

// free makes room for the next process: ports, and the store of opt-outs. What was loaded is good
// for the rest of the requests.
func (r *runningSidecar) free(leave func()) error {
	leave()
	return errors.Join(closeListener(r.metrics), r.bidder.Close())
}

// closeListener closes a listener that its server may have closed already.
func closeListener(l net.Listener) error {
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// waitReady waits for keys and opt-outs. Without them there are answers, too.
func (r *runningSidecar) waitReady(ctx context.Context, a *app, wait time.Duration) {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := r.bidder.WaitReady(waiting); err != nil && ctx.Err() == nil {
		fmt.Fprintln(a.err, "uid2: serving without raw UIDs so far:", err)
	}
}
