package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// inspectServeFlags are those of uid2 inspect -serve.
func inspectServeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "serve", Category: "PAGE", Usage: "serve a page that explains what is pasted into it, until Ctrl-C"},
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8002", Category: "PAGE", Usage: "serve it at this `ADDRESS`; where other machines reach it, -token-file is needed"},
		&cli.StringFlag{Name: "token-file", TakesFile: true, Category: "PAGE", Usage: "a `FILE` with the token that the page asks for"},
		&cli.DurationFlag{Name: "for", Category: "PAGE", Usage: "stop after this `TIME`", HideDefault: true},
	}
}

// serveInspector serves the page until ctx ends.
func (a *app) serveInspector(ctx context.Context, c *cli.Command) error {
	if c.Args().Present() {
		return usageError{errors.New("-serve takes no text: paste it into the page")}
	}
	inspector, err := a.inspector(ctx, c)
	if err != nil {
		return err
	}
	config := page.Config{Inspector: inspector}
	if path := c.String("token-file"); path != "" {
		tokens, err := readTokens(path)
		if err != nil {
			return err
		}
		config.Token = tokens[0]
	}
	listener, err := net.Listen("tcp", c.String("listen"))
	if err != nil {
		return advice.Wrap("-listen", err, "choose another address, or 127.0.0.1:0 for a free port")
	}
	defer listener.Close()
	if c.IsSet("for") {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Duration("for"))
		defer cancel()
	}
	fmt.Fprintf(a.out, "Look at it: http://%v/\n", listener.Addr())
	if err := page.Serve(ctx, listener, config); errors.Is(err, page.ErrNeedsToken) {
		return input("-listen", err, "give it -token-file, or listen at 127.0.0.1")
	} else if err != nil {
		return err
	}
	return nil
}
