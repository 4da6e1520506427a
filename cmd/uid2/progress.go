package main

import (
	"io"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v3"
)

// progress shows on a terminal how many items are done. Their total isn't known, as they are read
// from a stream.
func (a *app) progress(c *cli.Command, items string) *progressbar.ProgressBar {
	out := a.err
	if !a.terminal || c.Bool("quiet") {
		out = io.Discard
	}
	return progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(out),
		progressbar.OptionSetDescription(items),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(items),
		progressbar.OptionSetSpinnerChangeInterval(0), // the goroutine of the spinner would race with Add
		progressbar.OptionClearOnFinish(),
	)
}
