package main

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/optout"
)

// progress starts the line that shows how far a command has got; none if it is asked not to, or if
// its answer is for programs.
func (a *app) progress(c *cli.Command, what string, unit progress.Unit) *progress.Line {
	if c.Bool("quiet") || c.Bool("json") {
		return nil
	}
	return a.screen.Start(what, unit)
}

// streamProgress is the progress of a command that answers each line of an input. On a terminal,
// the answers are the progress.
func (a *app) streamProgress(c *cli.Command, in io.Reader, unit progress.Unit) *progress.Line {
	if a.answersShown {
		return nil
	}
	line := a.progress(c, "", unit)
	line.WholeOf(in)
	return line
}

const waitingForOperator = "waiting for the operator"

// waiting shows that somebody else is waited for.
func (a *app) waiting(c *cli.Command, what string) *progress.Line { return a.progress(c, what, "") }

// addBatch adds a batch of lines that is done.
func addBatch(line *progress.Line, b *batch) {
	line.Add(len(b.ends))
	line.AddPart(int64(len(b.text) + len(b.ends)))
}

// readingStore shows how much of the file of -store and of others is read, which is done times
// times.
func (a *app) readingStore(ctx context.Context, c *cli.Command, times int64, others ...string) (context.Context, *progress.Line) {
	line := a.progress(c, "", progress.Bytes)
	line.Whole(times * bytesOf(append(others, c.String("store"))))
	return optout.WithProgress(ctx, func(bytes int64) {
		line.Add(int(bytes))
		line.AddPart(bytes)
	}), line
}

// bytesOf returns how many bytes files have, as far as they are there.
func bytesOf(paths []string) (bytes int64) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
