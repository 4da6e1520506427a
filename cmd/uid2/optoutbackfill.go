package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) optOutBackfill() *cli.Command {
	return a.command(&cli.Command{
		Name:  "backfill",
		Usage: "ask the operator about raw UIDs, one a line, and add those who have opted out to a store",
		Description: `For the raw UIDs that you held before the feed began. What was added before a failure stays; it may be run again.

Examples:
   uid2 optout backfill -store optouts.db <raw-uids.txt`,
		Flags: append(batchFlags(), storeFlag()),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			client, lines, err := a.optOutClient(c)
			if err != nil {
				return err
			}
			defer client.Close()
			log, err := openLog(c)
			if err != nil {
				return err
			}
			bar := a.progress(c, "raw UIDs")
			defer bar.Finish()
			asked, added := 0, 0
			err = eachChunk(a.in, lines, func(lines []string) error {
				defer bar.Add(len(lines))
				n, err := a.backfill(ctx, lines, client, log)
				asked, added = asked+len(lines), added+n
				return err
			})
			if err := errors.Join(err, log.Close()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%d lines, %d opt-outs added\n", asked, added)
			return err
		}),
	})
}

// optOutClient makes a client, and tells how many lines to ask about at a time.
func (a *app) optOutClient(c *cli.Command) (client *operator.Client, lines int, err error) {
	if c.Bool("private-operator") {
		client, err = a.client(c, operator.WithPrivateOperator())
		return client, 8 * operator.MaxIdentities, err
	}
	client, err = a.client(c)
	return client, operator.MaxIdentities, err
}

// backfill asks about some lines and keeps what it learns. A line that is no raw UID is passed over.
func (a *app) backfill(ctx context.Context, lines []string, client *operator.Client, log *optout.Bolt) (added int, err error) {
	uids := make([]codec.RawUID, 0, len(lines))
	for _, line := range lines {
		if uid, err := codec.DecodeRawUID(rawUIDText(line)); err == nil {
			uids = append(uids, uid)
		}
	}
	out, err := client.OptOutStatus(ctx, uids)
	if err != nil {
		return 0, err
	}
	entries := make([]optout.Entry, len(out))
	for i, o := range out {
		entries[i] = optout.Entry{UID: o.UID.Canonical(), SinceMs: o.SinceMs, ReceivedMs: a.now().UnixMilli()}
	}
	return len(entries), appendAll(ctx, log, entries)
}
