package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) optOutBackfill() *cli.Command {
	return a.command(&cli.Command{
		Name:      "backfill",
		Usage:     "ask the operator about raw UIDs, one per line, and add those who have opted out to a store",
		ArgsUsage: "[FILE]",
		Description: `For the raw UIDs that you held before the feed began. Reads FILE or, without one, standard input. What was added before a
failure stays. With FILE, the progress is stored next to it, in FILE.backfill: when started again, the command continues
from there, and it removes that file at the end. Another FILE of that name, or another store, starts from the beginning.
Lines that aren't raw UIDs are skipped, and their number is shown at the end. In a fleet, the command waits for the stream
and adds to it, and the store is this node's copy.

Examples:
   uid2 optout backfill -store optouts.db raw-uids.txt
   uid2 optout backfill -store optouts.db <raw-uids.txt
   uid2 optout backfill -store copy.db -nats-urls nats://10.0.0.7:4222 raw-uids.txt`,
		Flags: append(batchFlags(), logFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			name, err := fileArgument(c)
			if err != nil {
				return err
			}
			client, lines, err := a.optOutClient(c)
			if err != nil {
				return err
			}
			defer client.Close()
			b := &backfill{app: a, client: client, chunk: lines, line: a.progress(c, "", "raw UID")}
			defer b.line.End()
			in := a.in
			if name != "" {
				file, err := os.Open(name)
				if err != nil {
					return input("the raw UIDs can't be read", err, "")
				}
				defer file.Close()
				in = file
				if b.progress, err = openProgress(file, c.String("store")); err != nil {
					return input("how far it had got can't be read", err, "")
				}
			}
			if b.log, err = a.openAppender(ctx, c); err != nil {
				return err
			}
			if err := errors.Join(b.run(ctx, in), b.log.close()); err != nil {
				return err
			}
			if err := b.progress.end(); err != nil {
				return err
			}
			return b.report()
		},
	})
}

// optOutClient returns a client, and the number of lines to ask about at a time.
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
	log      *appender
	line     *progress.Line
	chunk    int
	progress *progressFile // nil if the input can't be read again
	done     backfilled
}

// backfilled is the progress so far.
type backfilled struct {
	Lines  int `json:"lines"`
	Added  int `json:"added"`
	Unread int `json:"unread"` // lines that aren't raw UIDs
}

func (b *backfill) run(ctx context.Context, in io.Reader) error {
	b.done = b.progress.done()
	skip := b.done.Lines
	b.line.WholeOf(in)
	return eachChunk(in, b.chunk, func(lines []string) error {
		passed := min(skip, len(lines))
		b.line.Skip(passed, progress.SizeOf(lines[:passed]))
		skip, lines = skip-passed, lines[passed:]
		if len(lines) == 0 {
			return nil
		}
		done, err := b.ask(ctx, lines)
		if err != nil {
			return err
		}
		b.done.Lines += done.Lines
		b.done.Added += done.Added
		b.done.Unread += done.Unread
		b.line.AddLines(lines)
		return b.progress.save(b.done)
	})
}

// ask asks about some lines and stores the opt-outs among them. A line that isn't a raw UID is
// counted and skipped.
func (b *backfill) ask(ctx context.Context, lines []string) (backfilled, error) {
	uids := make([]codec.RawUID, 0, len(lines))
	for _, line := range lines {
		if uid, err := codec.DecodeRawUID(rawUIDText(line)); err == nil {
			uids = append(uids, uid)
		}
	}
	out, err := b.client.OptOutStatus(ctx, uids)
	if err != nil {
		return backfilled{}, err
	}
	entries := make([]optout.Entry, len(out))
	for i, o := range out {
		entries[i] = optout.Entry{UID: o.UID.Canonical(), SinceMs: o.Since.UnixMilli(), ReceivedMs: b.now().UnixMilli()}
	}
	return backfilled{len(lines), len(entries), len(lines) - len(uids)}, b.log.append(ctx, entries)
}

// report prints the result. It doesn't print lines that couldn't be read: they may be personal
// data.
func (b *backfill) report() error {
	b.line.End()
	if b.done.Unread > 0 {
		fmt.Fprintf(b.err, "uid2: not asked about, as no raw UID: %s\n", plural.Count(b.done.Unread, "line"))
	}
	_, err := fmt.Fprintf(b.out, "%s, %s added\n", plural.Count(b.done.Lines, "line"), plural.Count(b.done.Added, "opt-out"))
	return err
}
