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
	"golang.org/x/net/http/httpguts"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/optout/metrics"
)

const (
	// stopTimeout is how long requests in progress may take when the receiver ends.
	stopTimeout = 25 * time.Second
	// lookAgain is how often it is looked how the reading goes.
	lookAgain = 100 * time.Millisecond
)

func (a *app) optOutServe() *cli.Command {
	return a.command(&cli.Command{
		Name:  "serve",
		Usage: "receive the webhook of the opt-out service",
		Description: `Keeps each opt-out in a file before it answers 200; in a fleet, in the stream that all nodes follow, and then in the file. Receives
while it still reads what the store has, and says when that is done. Runs until Ctrl-C, and answers what it is working on first.

The webhook is known by a bearer token, or by another header with a value that only the service knows.

Examples:
   uid2 optout serve -store optouts.db -listen 127.0.0.1:8300 -bearer-token-file token
   uid2 optout serve -store optouts.db -listen 127.0.0.1:8300 -shared-header X-Opt-Out -shared-header-value-file value -metrics 127.0.0.1:8301
   uid2 optout serve -store optouts.db -listen 10.0.0.5:8300 -bearer-token-file token -nats-urls nats://10.0.0.7:4222,nats://10.0.0.8:4222`,
		Flags: append(append(logFlags(), authorizationFlags()...),
			&cli.StringFlag{Name: "listen", Required: true, Usage: "listen at this `ADDRESS`"},
			&cli.StringFlag{Name: "metrics", Usage: "show metrics to Prometheus at this `ADDRESS`, under /metrics"},
			&cli.StringFlag{Name: "id-parameter", Value: "uid2", Usage: "the `NAME` of the parameter that has the raw UID"},
			&cli.StringFlag{Name: "time-parameter", Value: "timestamp", Usage: "the `NAME` of the parameter that has the time"},
			&cli.DurationFlag{Name: "for", Usage: "end by itself after this `TIME`", HideDefault: true},
		),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) (err error) {
			authorization, err := authorizationOf(c)
			if err != nil {
				return err
			}
			var listeners listeners
			defer listeners.close() // those that nothing serves; the others are closed already
			if err := listeners.open(c); err != nil {
				return err
			}
			log, err := openLog(c)
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
			receiver := optout.NewReceiver(store, optout.WithParameters(c.String("id-parameter"), c.String("time-parameter")), authorization)
			return a.receive(ctx, listeners, store, receiver)
		}),
	})
}

// authorizationFlags say how the webhook is known. Their values must not show up in help texts.
func authorizationFlags() []cli.Flag {
	const category = "AUTHORIZATION, one of"
	return []cli.Flag{
		&cli.StringFlag{Name: "bearer-token", Sources: cli.EnvVars("UID2_OPTOUT_TOKEN"), HideDefault: true, Category: category, Usage: "the `TOKEN` that the webhook brings in its header Authorization"},
		&cli.StringFlag{Name: "bearer-token-file", TakesFile: true, Category: category, Usage: "a `FILE` with that token"},
		&cli.StringFlag{Name: "shared-header", Category: category, Usage: "the `NAME` of another header that the webhook brings"},
		&cli.StringFlag{Name: "shared-header-value", Sources: cli.EnvVars("UID2_OPTOUT_HEADER_VALUE"), HideDefault: true, Category: category, Usage: "the `VALUE` of that header"},
		&cli.StringFlag{Name: "shared-header-value-file", TakesFile: true, Category: category, Usage: "a `FILE` with that value"},
		&cli.BoolFlag{Name: "unauthenticated", Category: category, Usage: "believe whoever reaches it"},
	}
}

// authorizationOf returns what the flags ask for, which must be one thing: with two, one of them would silently not count.
func authorizationOf(c *cli.Command) (optout.ReceiverOption, error) {
	bearer := c.String("bearer-token") != "" || c.String("bearer-token-file") != ""
	header := c.String("shared-header") != "" || c.String("shared-header-value") != "" || c.String("shared-header-value-file") != ""
	open := c.Bool("unauthenticated")
	switch {
	case bearer && header, bearer && open, header && open:
		return nil, usagef("a bearer token, a shared header and -unauthenticated exclude each other; the environment counts, too")
	case open:
		return func(*optout.Receiver) {}, nil
	case header:
		return sharedHeader(c)
	}
	token, err := nonEmptySecret(c, "bearer-token")
	return optout.WithBearer(token), err
}

func sharedHeader(c *cli.Command) (optout.ReceiverOption, error) {
	name := c.String("shared-header")
	if !httpguts.ValidHeaderFieldName(name) {
		return nil, usagef("-shared-header is missing, or isn't the name of a header")
	}
	value, err := nonEmptySecret(c, "shared-header-value")
	return optout.WithSharedHeader(name, value), err
}

// nonEmptySecret refuses the secret that an empty file has: a request without the header would know it.
func nonEmptySecret(c *cli.Command, name string) (string, error) {
	value, err := secret(c, name)
	if err == nil && value == "" {
		return "", inputError{fmt.Errorf("-%s-file: the file is empty", name)}
	}
	return value, err
}

// listeners are where the receiver and its metrics are reached.
type listeners struct{ webhook, metrics net.Listener }

func (l *listeners) open(c *cli.Command) (err error) {
	if l.webhook, err = net.Listen("tcp", c.String("listen")); err != nil {
		return err
	}
	if address := c.String("metrics"); address != "" {
		l.metrics, err = net.Listen("tcp", address)
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

// receive serves until ctx ends or something goes wrong, from the first moment on: what comes in is added to the log while the
// store still reads it.
func (a *app) receive(ctx context.Context, l listeners, store *optout.Store, receiver *optout.Receiver) error {
	group, ctx := errgroup.WithContext(ctx)
	fmt.Fprintf(a.out, "listening at %s\n", l.webhook.Addr())
	group.Go(func() error { return serveUntil(ctx, l.webhook, receiver) })
	if l.metrics != nil {
		fmt.Fprintf(a.out, "metrics at http://%s/metrics\n", l.metrics.Addr())
		group.Go(func() error { return serveUntil(ctx, l.metrics, metricsHandler(store, receiver)) })
	}
	group.Go(func() error { return a.watch(ctx, store) })
	return group.Wait()
}

func metricsHandler(store *optout.Store, receiver *optout.Receiver) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(store, receiver)) // there is nothing else that it could collide with
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// watch says when the log has been read, and when a fleet's stream goes away and comes back. It returns when ctx ends, or when
// the log can't be read, which may be after it was: a stream is read for as long as others append to it.
func (a *app) watch(ctx context.Context, store *optout.Store) error {
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	read, away := false, false
	for {
		if err := store.Err(); err != nil {
			return inputError{err}
		}
		if err := store.AwayErr(); away != (err != nil) {
			away = err != nil
			a.sayAway(err)
		}
		if !read && store.Synced() {
			read = true
			fmt.Fprintf(a.out, "%d users have opted out; the log has been read\n", store.Stats().Users)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// sayAway says why nothing comes from a fleet's stream, or that it comes again.
func (a *app) sayAway(err error) {
	if err != nil {
		fmt.Fprintln(a.err, "uid2: nothing comes from the fleet's stream:", err)
		return
	}
	fmt.Fprintln(a.err, "uid2: the fleet's stream is back")
}

// serveUntil serves until ctx ends, and then answers what it is working on.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return server.Shutdown(stopping)
}
