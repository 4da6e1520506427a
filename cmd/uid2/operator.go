package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func (a *app) operator() *cli.Command {
	return a.command(&cli.Command{
		Name:     "operator",
		Usage:    "run a local operator to try things with",
		Category: "LOCAL OPERATOR",
		Description: `It speaks the real protocol, listens only on this machine, knows every user, and forgets everything when it ends. It prints
its address and the credentials of a participant with all roles, as commands for a shell, and runs until Ctrl-C.

Examples:
   uid2 operator -addr 127.0.0.1:8080 >operator.env &
   . ./operator.env
   uid2 generate -email user@example.com`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:0", Usage: "listen at this `ADDRESS` of 127.0.0.1; port 0 means a free one", Validator: loopback},
			&cli.StringFlag{Name: "scope", Value: "UID2", Usage: "be an operator of `SCOPE` UID2 or EUID", Validator: func(name string) error {
				_, err := scopeOf(name)
				return err
			}},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` from which keys, credentials and raw UIDs are derived"},
			&cli.DurationFlag{Name: "for", Usage: "stop after this `TIME`", HideDefault: true},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			scope, err := scopeOf(c.String("scope"))
			if err != nil {
				return err
			}
			listener, err := net.Listen("tcp4", c.String("addr")) // uid2test panics if it can't listen
			if err != nil {
				return advice.Wrap("-addr", err, "choose another port, or 0 for a free one")
			}
			addr := listener.Addr().String()
			listener.Close()
			server := uid2test.NewServer(uid2test.WithAddr(addr), uid2test.WithScope(scope), uid2test.WithSeed(c.Uint64("seed")))
			defer server.Close()
			if err := a.announce(c.Bool("json"), server); err != nil {
				return err
			}
			if c.IsSet("for") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.Duration("for"))
				defer cancel()
			}
			<-ctx.Done()
			return nil
		}),
	})
}

func loopback(addr string) error {
	if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" {
		return fmt.Errorf("the address must be 127.0.0.1 and a port")
	}
	return nil
}

func scopeOf(name string) (codec.Scope, error) {
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if scope.String() == name {
			return scope, nil
		}
	}
	return 0, fmt.Errorf("the scope is UID2 or EUID")
}

// announce prints the credentials, as this command is meant to: they are generated, and valid only
// for this server.
func (a *app) announce(asJSON bool, server *uid2test.Server) error {
	participant := server.Client()
	if asJSON {
		return printJSON(a.out, map[string]string{
			"base_url": server.URL, "api_key": participant.APIKey, "client_secret": participant.ClientSecret,
			"started": time.Now().UTC().Format(time.RFC3339),
		})
	}
	_, err := fmt.Fprintf(a.out, "export UID2_BASE_URL='%s'\nexport UID2_API_KEY='%s'\nexport UID2_CLIENT_SECRET='%s'\n",
		server.URL, participant.APIKey, participant.ClientSecret)
	return err
}
