package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) optOutBackfill() *cli.Command {
	return a.command(&cli.Command{
		Name:      "backfill",
		Usage:     "ask the operator about raw UIDs, one a line, and add those who have opted out to a store",
		ArgsUsage: "[FILE]",
		Description: `For the raw UIDs that you held before the feed began. Reads FILE, or standard input without one. What was added before a failure
stays. With FILE, how far it got is kept beside it, in FILE.backfill: started again it goes on from there, and the file is removed
at the end. Another FILE of that name, or another store, starts from the beginning.

Examples:
   uid2 optout backfill -store optouts.db raw-uids.txt
   uid2 optout backfill -store optouts.db <raw-uids.txt`,
		Flags: append(batchFlags(), storeFlag()),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() > 1 {
				return usagef("%s takes one file", c.Name)
			}
			client, lines, err := a.optOutClient(c)
			if err != nil {
				return err
			}
			defer client.Close()
			b := &backfill{app: a, client: client, chunk: lines, bar: a.progress(c, "raw UIDs")}
			defer b.bar.Finish()
			in := a.in
			if name := c.Args().First(); name != "" {
				file, err := os.Open(name)
				if err != nil {
					return inputError{err}
				}
				defer file.Close()
				in = file
				if b.progress, err = openProgress(file, c.String("store")); err != nil {
					return inputError{err}
				}
			}
			if b.log, err = openLog(c); err != nil {
				return err
			}
			if err := errors.Join(b.run(ctx, in), b.log.Close()); err != nil {
				return err
			}
			if err := b.progress.end(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%d lines, %d opt-outs added\n", b.done.Lines, b.done.Added)
			return err
		},
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

// backfill asks about the lines of an input.
type backfill struct {
	*app
	client   *operator.Client
	log      *optout.Bolt
	bar      *progressbar.ProgressBar
	chunk    int
	progress *progressFile // nil if the input can't be read again
	done     backfilled
}

// backfilled is what was done so far.
type backfilled struct {
	Lines int `json:"lines"`
	Added int `json:"added"`
}

func (b *backfill) run(ctx context.Context, in io.Reader) error {
	b.done = b.progress.done()
	skip := b.done.Lines
	b.bar.Add(skip)
	return eachChunk(in, b.chunk, func(lines []string) error {
		passed := min(skip, len(lines))
		skip, lines = skip-passed, lines[passed:]
		if len(lines) == 0 {
			return nil
		}
		added, err := b.ask(ctx, lines)
		if err != nil {
			return err
		}
		b.done.Lines += len(lines)
		b.done.Added += added
		b.bar.Add(len(lines))
		return b.progress.save(b.done)
	})
}

// ask asks about some lines and keeps what it learns. A line that is no raw UID is passed over.
func (b *backfill) ask(ctx context.Context, lines []string) (added int, err error) {
	uids := make([]codec.RawUID, 0, len(lines))
	for _, line := range lines {
		if uid, err := codec.DecodeRawUID(rawUIDText(line)); err == nil {
			uids = append(uids, uid)
		}
	}
	out, err := b.client.OptOutStatus(ctx, uids)
	if err != nil {
		return 0, err
	}
	entries := make([]optout.Entry, len(out))
	for i, o := range out {
		entries[i] = optout.Entry{UID: o.UID.Canonical(), SinceMs: o.SinceMs, ReceivedMs: b.now().UnixMilli()}
	}
	return len(entries), appendAll(ctx, b.log, entries)
}
