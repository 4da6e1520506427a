package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/operator"
)

// app is the environment of the commands.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	screen       *progress.Screen // shows progress; nil: nothing does
	answersShown bool             // out is a terminal
	colour       bool             // out is a terminal that wants colours
}

// run is the whole program, except for the process around it. args[0] is its name.
func (a *app) run(ctx context.Context, args []string) (code int) {
	root := a.root()
	err := root.Run(ctx, args)
	if err != nil && ctx.Err() == nil {
		shown := shownError(root, err)
		advice.Print(a.err, "uid2", shown, remedy(shown))
	}
	return exitCode(err)
}

func (a *app) root() *cli.Command {
	return &cli.Command{
		Name:    "uid2",
		Usage:   "UID2 and EUID tokens, keys, raw UIDs and opt-outs from a shell",
		Version: operator.Version,
		Description: `Flags may be written with one dash or two, and placed before or after their command. Lists are read from
standard input, one item per line, and answered with one JSON object per line, in the same order.

An operator's address and credentials come from flags, from files, or from the environment variables UID2_BASE_URL,
UID2_API_KEY and UID2_CLIENT_SECRET; a proxy from -proxy or from HTTPS_PROXY, HTTP_PROXY and NO_PROXY. No command prints
a secret unless you ask for it, and raw UIDs are printed only where they are the requested result.

` + exitHelp,
		Writer:                a.out,
		ErrWriter:             a.err,
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
			c.Usage = "print the completion script for a shell: bash, zsh, fish or pwsh"
		},
		Flags: append(credentialFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON instead of text"},
			&cli.BoolFlag{Name: "quiet", Usage: "show no progress"}),
		OnUsageError:   wrongUsage,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run decides
		Action:         a.help,
		Commands: []*cli.Command{
			a.decrypt(), a.encrypt(), a.inspect(), a.keys(),
			a.generate(), a.refresh(),
			a.mapIdentities(), a.buckets(),
			a.optOut(),
			a.annotate(), a.serve(),
			a.operator(), a.doctor(), a.man(),
		},
	}
}

// command adds what all commands have in common.
func (a *app) command(c *cli.Command) *cli.Command {
	c.OnUsageError = wrongUsage
	return c
}

// at returns the time of the flag -now, or the current time.
func (a *app) at(c *cli.Command) time.Time {
	if c.IsSet(nowFlag) {
		return c.Timestamp(nowFlag)
	}
	return a.now()
}

const nowFlag = "now"

func newNowFlag() cli.Flag {
	return &cli.TimestampFlag{
		Name:   nowFlag,
		Usage:  "judge as if it were this `TIME`, as in 2026-01-15T12:00:00Z",
		Config: cli.TimestampConfig{Layouts: []string{time.RFC3339Nano}},
	}
}

// printJSON writes a value on one line.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// buffered calls f with a buffered writer to out, and flushes it.
func (a *app) buffered(f func(w *bufio.Writer) error) error {
	w := bufio.NewWriterSize(a.out, 64<<10)
	if err := f(w); err != nil {
		w.Flush()
		return err
	}
	return w.Flush()
}
