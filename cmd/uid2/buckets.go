package main

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/identitymap"
)

func (a *app) buckets() *cli.Command {
	return a.command(&cli.Command{
		Name:     "buckets",
		Usage:    "list the salt buckets that were rotated since a time",
		Category: "ADVERTISERS",
		Description: `Raw UIDs that uid2 map -v2 printed with one of these buckets have changed. Operators will remove this endpoint on 2026-09-30: store
the refresh_from of uid2 map instead, and map an identity again from then on.

Examples:
   uid2 buckets -since 2026-01-01T00:00:00Z
   uid2 buckets -since 2026-01-01T00:00:00Z -json | jq -r .bucket`,
		Flags: []cli.Flag{&cli.TimestampFlag{
			Name: "since", Required: true, Usage: "a `TIME`, as in 2026-01-01T00:00:00Z",
			Config: cli.TimestampConfig{Layouts: []string{time.RFC3339Nano}},
		}},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			client, err := a.client(c)
			if err != nil {
				return err
			}
			defer client.Close()
			defer a.waiting(c, waitingForOperator).End()
			//lint:ignore SA1019 the tool has the endpoint for as long as an operator may
			list, err := identitymap.New(client).Buckets(ctx, c.Timestamp("since"))
			if err != nil {
				return err
			}
			return a.buffered(func(w *bufio.Writer) error {
				for _, b := range list {
					var err error
					if c.Bool("json") {
						err = printJSON(w, map[string]any{"bucket": b.ID, "last_updated": b.LastUpdated.UnixMilli()})
					} else {
						_, err = fmt.Fprintf(w, "%s  %s\n", b.ID, b.LastUpdated.UTC().Format(time.RFC3339))
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
		}),
	})
}
