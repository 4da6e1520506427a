package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) optOutCheck() *cli.Command {
	return a.command(&cli.Command{
		Name:  "check",
		Usage: "show which raw UIDs, one per line, have opted out according to a store",
		Description: `Answers like uid2 optout status, from a file and without an operator.

Examples:
   uid2 optout check -store optouts.db <raw-uids.txt
   uid2 decrypt -keys keys.json <tokens.txt | uid2 optout check -store optouts.db`,
		Flags: []cli.Flag{storeFlag()},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			store, err := a.openStore(ctx, c)
			if err != nil {
				return err
			}
			defer store.Close()
			return a.buffered(func(w *bufio.Writer) error {
				return eachChunk(a.in, 1, func(lines []string) error {
					uid, _ := codec.DecodeRawUID(rawUIDText(lines[0]))
					o := store.OptOut(uid)
					return printJSON(w, newOptOutLine(uid, o.State == bidstream.OptedOut, o.SinceMs))
				})
			})
		}),
	})
}

func (a *app) optOutExport() *cli.Command {
	return a.command(&cli.Command{
		Name:  "export",
		Usage: "print all opt-outs of a store as CSV: raw UID, Unix seconds",
		Description: `In the order in which they were received; a user may occur more than once. Raw UIDs of version 4 are printed without the
bits for their environment.

Examples:
   uid2 optout export -store optouts.db >optouts.csv`,
		Flags: []cli.Flag{storeFlag()},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			log, err := openToRead(c)
			if err != nil {
				return err
			}
			defer log.Close()
			if err := a.sayHashed(ctx, log); err != nil {
				return err
			}
			line := a.streamProgress(c, a.in, "entry")
			defer line.End()
			line.Whole(bytesOf([]string{c.String("store")}))
			reading := optout.WithProgress(ctx, line.AddPart)
			return a.buffered(func(w *bufio.Writer) error {
				return log.Replay(reading, 0, func(_ uint64, e optout.Entry) error {
					line.Add(1)
					_, err := fmt.Fprintf(w, "%s,%d\n", e.UID.Reveal(), e.SinceMs/1000)
					return err
				})
			})
		}),
	})
}

// sayHashed reports how many users an export omits.
func (a *app) sayHashed(ctx context.Context, log *optout.File) error {
	users, err := log.Hashed(ctx)
	if users > 0 {
		fmt.Fprintf(a.err, "uid2: %s %s known by a hash alone since a repair, and left out\n", plural.Count(users, "user"), plural.Is(users))
	}
	return err
}

func (a *app) optOutQuarantine() *cli.Command {
	return a.command(&cli.Command{
		Name:  "quarantine",
		Usage: "print what a store received as opt-outs and is no raw UID",
		Description: `One JSON object per line, in the order in which they were received. Times are Unix milliseconds.

   {"received":1735689600000,"value":"%%identity%%"}

Examples:
   uid2 optout quarantine -store optouts.db`,
		Flags: []cli.Flag{storeFlag()},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			log, err := openToRead(c)
			if err != nil {
				return err
			}
			defer log.Close()
			return a.buffered(func(w *bufio.Writer) error {
				return log.Quarantined(ctx, func(receivedMs int64, what []byte) error {
					return printJSON(w, struct {
						ReceivedMs int64  `json:"received"`
						Value      string `json:"value"`
					}{receivedMs, string(what)})
				})
			})
		}),
	})
}

func (a *app) optOutCompact() *cli.Command {
	return a.command(&cli.Command{
		Name:  "compact",
		Usage: "rewrite a store with one entry per user",
		Description: `Keeps the latest time of each user, and the quarantine. The new file replaces the old one when it is complete; if anything
goes wrong before that, nothing changes. Needs room for both files.

Examples:
   uid2 optout compact -store optouts.db`,
		Flags: []cli.Flag{storeFlag()},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			ctx, line := a.readingStore(ctx, c, 4)
			done, err := optout.Compact(ctx, c.String("store"))
			line.End()
			if err != nil {
				return storeError(c, err)
			}
			_, err = fmt.Fprintf(a.out, "%s, %d kept; %s, now %d\n", plural.Count(done.Entries, "entry"), done.Kept, plural.Count(done.Bytes, "byte"), done.BytesCompact)
			return err
		}),
	})
}
