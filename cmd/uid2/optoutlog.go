package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/optout"
)

func storeFlag() cli.Flag {
	return &cli.StringFlag{Name: "store", Required: true, TakesFile: true, Usage: "the `FILE` with the opt-outs; no other process may have it open"}
}

// logFlags returns -store and the flags that make it this node's copy of a fleet's log. The default
// of -nats-urls must not appear in help texts: a URL may have a password.
func logFlags() []cli.Flag {
	stream := optout.StreamConfig{}.WithDefaults()
	return []cli.Flag{
		storeFlag(),
		&cli.StringFlag{Name: "nats-urls", Sources: cli.EnvVars("UID2_NATS_URLS"), HideDefault: true, Category: "FLEET", Usage: "share a stream of the NATS servers at these `URLS`, separated by commas"},
		&cli.StringFlag{Name: "nats-credentials", TakesFile: true, Category: "FLEET", Usage: "a `FILE` with credentials for those servers"},
		&cli.StringFlag{Name: "nats-ca", TakesFile: true, Category: "FLEET", Usage: "a `FILE` with the CA certificates of those servers, in PEM; default: the system's"},
		&cli.StringFlag{Name: "nats-certificate", TakesFile: true, Category: "FLEET", Usage: "a `FILE` with this node's own certificate, in PEM"},
		&cli.StringFlag{Name: "nats-key", TakesFile: true, Category: "FLEET", Usage: "a `FILE` with its key, in PEM"},
		&cli.StringFlag{Name: "nats-stream", Category: "FLEET", Usage: "the `NAME` of the stream; default " + stream.Name},
		&cli.StringFlag{Name: "nats-subject", Category: "FLEET", Usage: "the stream's `SUBJECT`; default " + stream.Subject},
		&cli.IntFlag{Name: "nats-replicas", Value: stream.Replicas, Category: "FLEET", Usage: "the `NUMBER` of servers that keep each opt-out; a stream with fewer is not used", Validator: positive},
	}
}

func positive(n int) error {
	if n < 1 {
		return errors.New("it must be 1 or more")
	}
	return nil
}

// openToRead opens the file of -store for reading. It must exist.
func openToRead(c *cli.Command) (*optout.File, error) {
	file, err := optout.OpenReadOnly(c.String("store"))
	if err != nil {
		return nil, storeError(c, err)
	}
	return file, nil
}

// storeError adds to an error which store it is about.
func storeError(c *cli.Command, err error) error {
	if err == nil {
		return nil
	}
	store, do := c.String("store"), ""
	if errors.Is(err, fs.ErrNotExist) {
		do = "check the path of -store; uid2 optout import, backfill and serve make a new one, in a directory that is there"
		if _, dirErr := os.Stat(filepath.Dir(store)); dirErr != nil {
			err = dirErr
		}
	}
	return input("the store "+store+" can't be used", storeReason{err}, do)
}

// storeReason is an error about a store without what is said of it already.
type storeReason struct{ error }

func (r storeReason) Unwrap() error { return r.error }

func (r storeReason) Error() string {
	return strings.NewReplacer("optout: the log can't be opened: ", "", optout.ErrDamaged.Error(), "it is damaged").Replace(r.error.Error())
}

// openLog opens the log that logFlags specify: the file alone, or a fleet's stream with the file as
// this node's copy. It is no error if the servers can't be reached: the log waits for them.
func (a *app) openLog(c *cli.Command) (optout.Log, error) {
	if err := checkFleet(c); err != nil {
		return nil, err
	}
	file, err := optout.OpenFile(c.String("store"))
	if err != nil {
		return nil, storeError(c, err)
	}
	if c.String("nats-urls") == "" {
		return file, nil
	}
	return a.fleetLog(c, file)
}

// fleetLog returns a fleet's log with a file as this node's copy.
func (a *app) fleetLog(c *cli.Command, file *optout.File) (optout.Log, error) {
	config := optout.StreamConfig{Name: c.String("nats-stream"), Subject: c.String("nats-subject"), Replicas: c.Int("nats-replicas")}
	log, err := optout.ConnectJetStream(a.servers(c), config, file)
	if err != nil {
		return nil, errors.Join(usageError{advice.Wrap("the fleet's stream", err, "")}, file.Close())
	}
	return log, nil
}

// servers returns the NATS servers that logFlags specify.
func (a *app) servers(c *cli.Command) optout.Servers {
	return optout.Servers{
		URLs: c.String("nats-urls"), CredentialsFile: c.String("nats-credentials"),
		CAFile: c.String("nats-ca"), CertFile: c.String("nats-certificate"), KeyFile: c.String("nats-key"),
		Warn: func(text string) { fmt.Fprintln(a.err, "uid2: warning:", text) },
	}
}

// fleetFlags are those of logFlags that require -nats-urls.
var fleetFlags = []string{"nats-credentials", "nats-ca", "nats-certificate", "nats-key", "nats-stream", "nats-subject", "nats-replicas"}

// checkFleet refuses flags with which the log would not be the fleet's.
func checkFleet(c *cli.Command) error {
	if c.String("nats-urls") == "" && slices.ContainsFunc(fleetFlags, c.IsSet) {
		return usage("-nats-urls", "it is missing, and so is UID2_NATS_URLS, while other flags of a fleet are there", "write -nats-urls URLS, or leave out the other -nats- flags")
	}
	for _, flag := range []string{"nats-credentials", "nats-ca", "nats-certificate", "nats-key"} {
		if _, err := os.Stat(c.String(flag)); c.IsSet(flag) && err != nil {
			return input("-"+flag+": the file can't be read", err, "")
		}
	}
	return nil
}

// openStore opens the file of -store, and reads it.
func (a *app) openStore(ctx context.Context, c *cli.Command) (*optout.Store, error) {
	file, err := openToRead(c)
	if err != nil {
		return nil, err
	}
	store := optout.Open(file)
	defer a.waiting(c, "reading the store").End()
	if err := store.WaitSynced(ctx); err != nil {
		return nil, errors.Join(storeError(c, err), store.Close())
	}
	return store, nil
}

// appender adds entries to a log.
type appender struct {
	log   optout.Log
	store *optout.Store // follows a fleet's stream into this node's copy; nil if the log is only a file
}

// openAppender opens the log that logFlags specify. It waits for a fleet's stream, as appending
// fails without a connection.
func (a *app) openAppender(ctx context.Context, c *cli.Command) (*appender, error) {
	log, err := a.openLog(c)
	if err != nil {
		return nil, err
	}
	if _, fleet := log.(optout.Follower); !fleet {
		return &appender{log: log}, nil
	}
	return a.followedBy(ctx, log)
}

// followedBy returns an appender to a fleet's log, once this node's copy has what is in the stream.
func (a *app) followedBy(ctx context.Context, log optout.Log) (*appender, error) {
	store := optout.Open(log)
	if err := a.waitSynced(ctx, store); err != nil {
		return nil, errors.Join(input("the fleet's stream", err, ""), store.Close())
	}
	return &appender{log, store}, nil
}

const (
	// quietFor is how long to wait for a fleet's stream before reporting that.
	quietFor = 5 * time.Second
	// askWhy is the interval at which the reason for waiting is checked.
	askWhy = 200 * time.Millisecond
)

// waitSynced waits for a store of a fleet for as long as it takes, and reports that it is waiting,
// as the servers may be down. A stream that can't be used is an error: somebody has to change it.
func (a *app) waitSynced(ctx context.Context, store *optout.Store) error {
	for start, said := time.Now(), false; ; {
		soon, cancel := context.WithTimeout(ctx, askWhy)
		err := store.WaitSynced(soon)
		cancel()
		if err == nil || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
		unreachable := store.UnreachableErr()
		if errors.Is(unreachable, optout.ErrStream) {
			return unreachable
		}
		if !said && time.Since(start) > quietFor {
			said = true
			fmt.Fprintln(a.err, "uid2: still waiting for the fleet's stream, or reading it")
			if unreachable != nil {
				a.sayUnreachable(unreachable)
			}
		}
	}
}

// importers is the number of entries that are published to a fleet's stream concurrently.
const importers = 1024

// append adds entries, and returns when they are in the log and, in a fleet, have arrived from the
// stream.
func (a *appender) append(ctx context.Context, entries []optout.Entry) error {
	if file, ok := a.log.(*optout.File); ok && len(entries) > 0 {
		return file.AppendAll(ctx, entries)
	}
	group, adding := errgroup.WithContext(ctx)
	group.SetLimit(importers)
	for _, e := range entries {
		group.Go(func() error { return a.log.Append(adding, e) })
	}
	if err := group.Wait(); err != nil || a.store == nil {
		return err
	}
	return a.followed(ctx, entries)
}

// followed waits until the users have arrived from the stream. If the copy misses the last of them,
// it gets them the next time.
func (a *appender) followed(ctx context.Context, entries []optout.Entry) error {
	for _, e := range entries {
		for a.store.OptOut(e.UID).State != bidstream.OptedOut {
			if err := a.store.Err(); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
	}
	return nil
}

func (a *appender) close() error {
	if a.store != nil {
		return a.store.Close()
	}
	return a.log.Close()
}

// sayLog reports problems with a store that is in use.
func (a *app) sayLog(err error) {
	if err != nil {
		fmt.Fprintln(a.err, "uid2:", err)
	}
}
