package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/metrics/optouts"
	"github.com/uid2rtb/uid2rtb/optout"
)

// lookAgain is the interval at which progress is polled.
const lookAgain = 100 * time.Millisecond

func (a *app) optOutServe() *cli.Command {
	return a.command(&cli.Command{
		Name:  "serve",
		Usage: "receive the webhook of the opt-out service",
		Description: `Stores each opt-out in a file before it answers 200; in a fleet, in the stream that all nodes follow, and then in the file.
It already receives while it is reading the store, and prints a line when that is done. It runs until Ctrl-C or SIGTERM,
and finishes the requests in progress first, for at most 4 seconds.

The webhook is authenticated by a bearer token, or by another header with a value that only the service knows.

The service doesn't repeat a request whose connection is refused. With -listen systemd, the socket outlives this process,
and requests wait for the next one.

Examples:
   uid2 optout serve -store optouts.db -listen 127.0.0.1:8300 -bearer-token-file token
   uid2 optout serve -store optouts.db -listen 127.0.0.1:8300 -shared-header X-Opt-Out -shared-header-value-file value -metrics 127.0.0.1:8301
   uid2 optout serve -store optouts.db -listen systemd -bearer-token-file token
   uid2 optout serve -store optouts.db -listen 10.0.0.5:8300 -bearer-token-file token -nats-urls nats://10.0.0.7:4222,nats://10.0.0.8:4222`,
		Flags: append(append(logFlags(), receiverFlags()...),
			&cli.StringFlag{Name: "listen", Required: true, Usage: "listen at this `ADDRESS`, or take over the socket of systemd: systemd"},
			&cli.StringFlag{Name: "metrics", Usage: "serve Prometheus metrics at this `ADDRESS`, under /metrics, and probes, under /healthz and /readyz"},
			&cli.DurationFlag{Name: "for", Usage: "stop after this `TIME`", HideDefault: true},
		),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) (err error) {
			options, err := receiverOptions(c)
			if err != nil {
				return err
			}
			a.warnOfSecrets(c, "bearer-token", "shared-header-value")
			var listeners listeners
			defer listeners.close() // the ones that nothing serves; the others are closed already
			if err := listeners.open(c); err != nil {
				return err
			}
			log, err := a.openLog(c)
			if err != nil {
				return err
			}
			store := optout.Open(log, optout.WithLogHandler(a.sayLog))
			defer func() { err = errors.Join(err, store.Close()) }()
			if c.IsSet("for") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.Duration("for"))
				defer cancel()
			}
			receiver, err := optout.NewReceiver(store, options...)
			if err != nil {
				return err
			}
			return a.receive(ctx, listeners, store, receiver)
		}),
	})
}

// listeners are those of the receiver and its metrics.
type listeners struct{ webhook, metrics net.Listener }

func (l *listeners) open(c *cli.Command) (err error) {
	if l.webhook, err = listen(c.String("listen")); err != nil {
		return err
	}
	if address := c.String("metrics"); address != "" {
		l.metrics, err = listenTCP("metrics", address)
	}
	return err
}

func (l *listeners) close() {
	for _, listener := range []net.Listener{l.webhook, l.metrics} {
		if listener != nil {
			listener.Close()
		}
	}
}

// receive serves until ctx ends or there is an error, from the start: opt-outs are added to the log
// while the store is still reading it.
func (a *app) receive(ctx context.Context, l listeners, store *optout.Store, receiver *optout.Receiver) error {
	group, ctx := errgroup.WithContext(ctx)
	fmt.Fprintf(a.out, "listening at %s\n", l.webhook.Addr())
	group.Go(func() error { return httpserver.Run(ctx, l.webhook, receiver, httpserver.Webhook()) })
	if l.metrics != nil {
		fmt.Fprintf(a.out, "metrics at http://%s/metrics\n", l.metrics.Addr())
		group.Go(func() error {
			return httpserver.Run(ctx, l.metrics, metricsHandler(store, receiver), httpserver.Defaults())
		})
	}
	group.Go(func() error { return a.watch(ctx, store, receiver) })
	return group.Wait()
}

func metricsHandler(store *optout.Store, receiver *optout.Receiver) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(optouts.New(store, receiver)) // the registry is new, so this can't fail
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/", bidder.HealthHandler(func(now time.Time) bidder.HealthReport { return bidder.ReceiverHealth(store, receiver, now) }))
	return mux
}

// watch reports when the log has been read, when a fleet's stream is lost and back, and when new
// secrets can't be used. It returns
// when ctx ends, or when the log can't be read, which may be later: a stream is followed for as
// long as others append to it.
func (a *app) watch(ctx context.Context, store *optout.Store, receiver *optout.Receiver) error {
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	read, unreachable, outdated := false, false, false
	for {
		if err := store.Err(); err != nil {
			return input("the store can't be read any more", err, "")
		}
		if err := store.UnreachableErr(); unreachable != (err != nil) {
			unreachable = err != nil
			a.sayUnreachable(err)
		}
		if err := receiver.ReloadErr(); outdated != (err != nil) {
			outdated = err != nil
			a.sayReload(err)
		}
		if !read && store.Synced() {
			read = true
			users := store.Stats().Users
			fmt.Fprintf(a.out, "%s %s opted out; the log has been read\n", plural.Count(users, "user"), plural.Have(users))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// sayUnreachable reports why nothing is received from a fleet's stream, or that it is back.
func (a *app) sayUnreachable(err error) {
	if err != nil {
		fmt.Fprintln(a.err, "uid2: nothing comes from the fleet's stream:", err)
		return
	}
	fmt.Fprintln(a.err, "uid2: the fleet's stream is back")
}

// sayReload reports why secrets from before are in use, or that the new ones are.
func (a *app) sayReload(err error) {
	if err != nil {
		fmt.Fprintln(a.err, "uid2:", err)
		return
	}
	fmt.Fprintln(a.err, "uid2: the secrets of the receiver have been read again")
}
