package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/render"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

func (a *app) inspect() *cli.Command {
	return a.command(&cli.Command{
		Name:      "inspect",
		Usage:     "explain a token, a bid request, a raw UID, an identity or an operator's answer",
		ArgsUsage: "[TEXT...]",
		Category:  "TOKENS",
		Description: `Shows what a text is: of a token its bytes with their offsets and meaning, its keys and times, every check in its order with
the reason, and what to do. Without keys, that is what anybody can read; with -keys, the layers are opened, too. Raw UIDs are
masked; -reveal shows those of tokens that may be used.

A text is an argument or, of standard input, a line, or all of it if it is a JSON document. White space, quotes, a UID2: in
front, percent-encoding and the name of a cookie are taken off, and the output says so. Colours are for terminals; NO_COLOR
turns them off. With -json, a text is answered with a line of JSON. With -serve, a page in the browser explains what you
paste into it.

Examples:
   uid2 inspect A4AAABOJ…
   uid2 inspect -keys keys.json -domain example.com A4AAABOJ…
   uid2 inspect -keys keys.json <request.json
   uid2 generate -email user@example.com -token | uid2 inspect
   uid2 inspect -secret secret.txt <answer.txt
   uid2 inspect -serve -keys keys.json
   uid2 inspect -json A4AAABOJ… | jq '.token.checks[] | select(.outcome=="failed")'`,
		Flags: append([]cli.Flag{
			keyFlag(), roleFlag(), newNowFlag(),
			&cli.StringFlag{Name: "domain", Usage: "the registrable domain or app id, a `NAME`, to check client-side-generated tokens against"},
			&cli.BoolFlag{Name: "reveal", Usage: "show raw UIDs, too"},
			&cli.StringFlag{Name: "secret", TakesFile: true,
				Usage: "open an operator's answer with the secret in `FILE`: a client secret, or an identity's refresh_response_key; default: the client secret"},
		}, inspectServeFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Bool("serve") {
				return a.serveInspector(ctx, c)
			}
			return a.inspectAll(ctx, c)
		},
	})
}

// inspectAll explains the arguments, or the input.
func (a *app) inspectAll(ctx context.Context, c *cli.Command) error {
	inspector, err := a.inspector(ctx, c)
	if err != nil {
		return err
	}
	input, err := a.inspectorInput(c)
	if err != nil {
		return err
	}
	options := render.Options{Colour: a.colour, Zone: time.Local}
	texts := 0
	return a.buffered(func(w *bufio.Writer) error {
		return a.eachText(ctx, c, func(text string) error {
			input.Text = text
			report := inspector.Inspect(input)
			if c.Bool("json") {
				return printJSON(w, &report)
			}
			if texts++; texts > 1 {
				w.WriteString("\n\n") // Flush reports what went wrong
			}
			return render.Report(w, &report, options)
		}, w.Flush)
	})
}

// inspector has the keys of -keys, if any, and the gates of a module without settings.
func (a *app) inspector(ctx context.Context, c *cli.Command) (*inspect.Inspector, error) {
	config := inspect.Config{Now: a.now, Privacy: privacy.Default()}
	if c.IsSet("keys") {
		keys, err := a.loadKeys(ctx, c, c.String("role"))
		if err != nil {
			return nil, err
		}
		config.Keys = map[codec.Scope]bidstream.KeySource{keys.Scope(): keyset.Static(keys)}
	}
	return inspect.New(config)
}

// inspectorInput is what all texts have in common.
func (a *app) inspectorInput(c *cli.Command) (inspect.Input, error) {
	input := inspect.Input{NowMs: a.at(c).UnixMilli(), Name: c.String("domain"), Reveal: c.Bool("reveal")}
	if c.String("role") == roleSharing {
		input.Role = inspect.RoleSharer
	}
	if path := c.String("secret"); path != "" {
		text, err := settings.ReadSecret(path)
		if err != nil {
			return input, inputError{err}
		}
		input.Secret = string(bytes.TrimSpace(text))
	} else if c.String("client-secret") != "" || c.String("client-secret-file") != "" {
		text, err := secret(c, "client-secret")
		if err != nil {
			return input, err
		}
		input.Secret = text
	}
	return input, nil
}

// maxText is how much of a text is read: one byte more than is explained, so that a longer one is
// recognized as such.
const maxText = inspect.MaxInput + 1

// eachText calls explain for each argument, or each text of the input, and flush whenever there may
// be none for a while.
func (a *app) eachText(ctx context.Context, c *cli.Command, explain func(text string) error, flush func() error) error {
	if c.Args().Present() {
		for _, text := range c.Args().Slice() {
			if err := explain(text); err != nil {
				return err
			}
		}
		return nil
	}
	in := bufio.NewReaderSize(a.in, batchBytes)
	if !startsDocument(in) {
		return eachLineOf(ctx, in, explain, flush)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxText))
	if err != nil {
		return inputError{err}
	}
	if len(text) < maxText && isLines(text) {
		return eachLineOf(ctx, bytes.NewReader(text), explain, flush)
	}
	return explain(string(text))
}

// startsDocument reports whether the input begins as a JSON object or array does.
func startsDocument(in *bufio.Reader) bool {
	for {
		next, err := in.ReadByte()
		if err != nil {
			return false // eachLineOf meets the error again
		}
		if next != ' ' && next != '\t' && next != '\r' {
			return in.UnreadByte() == nil && (next == '{' || next == '[')
		}
	}
}

// isLines reports whether each line is a JSON document of its own.
func isLines(text []byte) bool {
	lines := 0
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if lines++; !json.Valid(line) {
			return false
		}
	}
	return lines > 1
}

// eachLineOf calls explain for each line.
func eachLineOf(ctx context.Context, in io.Reader, explain func(text string) error, flush func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	err := readBatches(ctx, in, maxText, func(b *batch) {
		for line := range b.lines {
			if failed == nil {
				failed = explain(string(line))
			}
		}
		if failed == nil {
			failed = flush()
		}
		if failed != nil {
			cancel()
		}
	})
	switch {
	case failed != nil:
		return failed
	case err != nil && !errors.Is(err, context.Canceled):
		return inputError{err}
	}
	return err
}
