package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/optout"
)

func (a *app) optOutVerify() *cli.Command {
	return a.command(&cli.Command{
		Name:  "verify",
		Usage: "check a store, and show what is wrong with it",
		Description: `Reads the whole log, the file .end next to it and the snapshot, and changes nothing. The exit code is 0 if they are intact,
7 if something is damaged, and 5 if there is no store or another process has it open.

Examples:
   uid2 optout verify -store optouts.db`,
		Flags: []cli.Flag{storeFlag()},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			ctx, line := a.readingStore(ctx, c, 1)
			found, err := optout.Verify(ctx, c.String("store"))
			line.End()
			if err != nil {
				return storeError(c, err)
			}
			return a.sayVerified(c, found)
		}),
	})
}

// errFound is damage that has been reported already.
type errFound struct{}

func (errFound) Error() string { return "what is wrong with it stands above" }

func (errFound) Unwrap() error { return optout.ErrDamaged }

func (a *app) sayVerified(c *cli.Command, v optout.Verification) error {
	return a.buffered(func(w *bufio.Writer) error {
		fmt.Fprintf(w, "%s, %s", plural.Count(v.Entries, "entry"), plural.Count(v.Quarantined, "quarantined value"))
		if v.Hashed > 0 {
			fmt.Fprintf(w, ", %s of whom only a hash is left", plural.Count(v.Hashed, "user"))
		}
		fmt.Fprintln(w, " are whole")
		if v.OldFormat {
			fmt.Fprintln(w, "it has the format of an earlier version, without checksums, and is written anew at the next start")
		}
		for _, problem := range v.Problems {
			fmt.Fprintln(w, problem)
		}
		for _, numbers := range v.Lost {
			fmt.Fprintf(w, "entry %v is damaged or missing\n", numbers)
		}
		if !v.Intact() {
			return advice.Wrap("the store "+c.String("store")+" is damaged", errFound{}, "uid2 optout repair -store "+c.String("store")+" keeps what is whole; -h says from where it restores the rest")
		}
		return nil
	})
}

func (a *app) optOutRepair() *cli.Command {
	return a.command(&cli.Command{
		Name:  "repair",
		Usage: "rewrite a damaged store, from what is intact in it and from other sources",
		Description: `Keeps every entry that is intact, restores what is lost from the sources that the flags name, and replaces the damaged
store, which is kept next to it under another name. Shows which entries no source has. If acknowledged opt-outs would be
lost, or may be, it changes nothing without -accept-loss.

-from takes another store: an older copy of this one, or that of another node. -from-snapshot also keeps users as opted out
who are only in the snapshot next to the store; that has hashes, so they are honored, but can't be exported. -nats-urls reads
the whole stream of the fleet into the new store. -from-operator asks the operator about the raw UIDs in a file, one per line.

Examples:
   uid2 optout repair -store optouts.db -from-snapshot
   uid2 optout repair -store optouts.db -from backup.db -from-snapshot
   uid2 optout repair -store optouts.db -nats-urls nats://10.0.0.7:4222 -accept-loss`,
		Flags: append(append(logFlags(), batchFlags()...),
			&cli.StringSliceFlag{Name: "from", TakesFile: true, Usage: "take entries from this other `FILE`, too; may be repeated"},
			&cli.BoolFlag{Name: "from-snapshot", Usage: "also keep users as opted out who are only in the snapshot"},
			&cli.StringFlag{Name: "from-operator", TakesFile: true, Usage: "ask the operator about the raw UIDs of a `FILE`"},
			&cli.BoolFlag{Name: "accept-loss", Usage: "continue even though opt-outs are lost, or may be"},
		),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			if err := checkFleet(c); err != nil {
				return err
			}
			reading, line := a.readingStore(ctx, c, 2, c.StringSlice("from")...)
			defer line.End()
			done, err := optout.Repair(reading, c.String("store"), optout.RepairOptions{
				From: c.StringSlice("from"), FromSnapshot: c.Bool("from-snapshot"), AcceptLoss: c.Bool("accept-loss"),
				Add: func(_ context.Context, log *optout.File) error {
					line.End()
					return a.addOthers(ctx, c, log)
				},
			})
			line.End()
			return a.sayRepaired(c, done, err)
		}),
	})
}

// addOthers adds the opt-outs of the fleet's stream and of the operator to a new log.
func (a *app) addOthers(ctx context.Context, c *cli.Command, file *optout.File) error {
	log := &appender{log: file}
	if c.String("nats-urls") != "" {
		fleet, err := a.fleetLog(c, file)
		if err != nil {
			return err
		}
		if log, err = a.followedBy(ctx, fleet); err != nil {
			return err
		}
		defer log.close()
	}
	name := c.String("from-operator")
	if name == "" {
		return nil
	}
	in, err := os.Open(name)
	if err != nil {
		return input("-from-operator: the raw UIDs can't be read", err, "")
	}
	defer in.Close()
	return a.askOperator(ctx, c, log, in)
}

// askOperator asks the operator about all lines of an input.
func (a *app) askOperator(ctx context.Context, c *cli.Command, log *appender, in io.Reader) error {
	client, lines, err := a.optOutClient(c)
	if err != nil {
		return err
	}
	defer client.Close()
	b := &backfill{app: a, client: client, chunk: lines, log: log, line: a.progress(c, "", "raw UID")}
	defer b.line.End()
	return b.run(ctx, in)
}

func (a *app) sayRepaired(c *cli.Command, done optout.Repaired, err error) error {
	if errors.Is(err, optout.ErrWhole) {
		_, err = fmt.Fprintln(a.out, "the store is whole, and was left as it is")
		return err
	}
	if err != nil && !errors.Is(err, optout.ErrLoss) {
		return storeError(c, err)
	}
	fmt.Fprintf(a.out, "%s %s whole, %d came from other copies of the store, %d from others\n", plural.Count(done.Kept, "entry"), plural.Is(done.Kept), done.Copied, done.Added)
	if done.Hashed > 0 {
		fmt.Fprintf(a.out, "%s %s known by a hash alone, honoured, and left out of exports\n", plural.Count(done.Hashed, "user"), plural.Is(done.Hashed))
	}
	sayLost(a.out, done)
	if err == nil {
		fmt.Fprintf(a.out, "the damaged store is kept as %s\n", done.Damaged)
	}
	return advice.Wrap("the store "+c.String("store")+" was left as it is", err, "")
}

func sayLost(w io.Writer, done optout.Repaired) {
	if done.EndUnknown {
		fmt.Fprintln(w, "whether there were more entries behind the last one isn't known")
	}
	if len(done.Lost) == 0 {
		return
	}
	numbers := make([]string, len(done.Lost))
	for i, n := range done.Lost {
		numbers[i] = n.String()
	}
	fmt.Fprintf(w, "nobody has the entries %s\n", strings.Join(numbers, ", "))
	if done.InSnapshot {
		fmt.Fprintln(w, "their users are in the snapshot, and stay opted out")
	}
}
