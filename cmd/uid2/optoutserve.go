package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/optout"
)

// stopTimeout is how long requests in progress may take when the receiver ends.
const stopTimeout = 25 * time.Second

func (a *app) optOutServe() *cli.Command {
	return a.command(&cli.Command{
		Name:  "serve",
		Usage: "receive the webhook of the opt-out service",
		Description: `Keeps each opt-out in a file before it answers 200. Runs until Ctrl-C, and answers what it is working on first.

Examples:
   uid2 optout serve -store optouts.db -listen 127.0.0.1:8300 -bearer-token-file token`,
		Flags: []cli.Flag{
			storeFlag(),
			&cli.StringFlag{Name: "listen", Required: true, Usage: "listen at this `ADDRESS`"},
			&cli.StringFlag{Name: "bearer-token", Sources: cli.EnvVars("UID2_OPTOUT_TOKEN"), HideDefault: true, Usage: "the `TOKEN` that the webhook brings in its header Authorization"},
			&cli.StringFlag{Name: "bearer-token-file", TakesFile: true, Usage: "a `FILE` with that token"},
			&cli.BoolFlag{Name: "unauthenticated", Usage: "believe whoever reaches it"},
			&cli.StringFlag{Name: "id-parameter", Value: "uid2", Usage: "the `NAME` of the parameter that has the raw UID"},
			&cli.StringFlag{Name: "time-parameter", Value: "timestamp", Usage: "the `NAME` of the parameter that has the time"},
			&cli.DurationFlag{Name: "for", Usage: "end by itself after this `TIME`", HideDefault: true},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			options := []optout.ReceiverOption{optout.WithParameters(c.String("id-parameter"), c.String("time-parameter"))}
			if !c.Bool("unauthenticated") {
				token, err := secret(c, "bearer-token")
				if err != nil {
					return err
				}
				options = append(options, optout.WithBearer(token))
			}
			listener, err := net.Listen("tcp", c.String("listen"))
			if err != nil {
				return err
			}
			store, err := openStore(ctx, c)
			if err != nil {
				return errors.Join(err, listener.Close())
			}
			defer store.Close()
			fmt.Fprintf(a.out, "%d users have opted out; listening at %s\n", store.Stats().Users, listener.Addr())
			if c.IsSet("for") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.Duration("for"))
				defer cancel()
			}
			return serveUntil(ctx, listener, optout.NewReceiver(store, options...))
		}),
	})
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
