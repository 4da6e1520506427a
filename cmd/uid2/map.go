package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/operator"
)

func (a *app) mapIdentities() *cli.Command {
	return a.command(&cli.Command{
		Name:     "map",
		Usage:    "map emails and phones, one per line, to raw UIDs",
		Category: "ADVERTISERS",
		Description: `Reads one email, phone or hash per line from standard input and writes one JSON object per line:

   {"input":"user@example.com","raw_uid":"…","previous":"…","refresh_from":1769083200000}
   {"input":"gone@example.com","unmapped":"opted out"}

Times are Unix milliseconds. Lines that can't be an email or a phone aren't sent, and are reported as "invalid identifier". Only hashes leave
this machine.

Examples:
   uid2 map <customers.txt
   uid2 map -kind email_hash <hashes.txt`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "kind", Value: "auto", Usage: "the `KIND` of the lines: email, phone, email_hash, phone_hash, or auto (phones start with +)",
				Validator: func(kind string) error {
					if _, known := identityReaders[kind]; !known && kind != "auto" {
						return errors.New("kinds are email, phone, email_hash, phone_hash and auto")
					}
					return nil
				}},
			&cli.BoolFlag{Name: "v2", Usage: "use the older endpoint, which returns salt buckets; operators will remove it on 2026-09-30"},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			client, err := a.client(c)
			if err != nil {
				return err
			}
			defer client.Close()
			call := identitymap.New(client).Map
			if c.Bool("v2") {
				//lint:ignore SA1019 the tool has the endpoint for as long as an operator may
				call = identitymap.New(client).MapV2
			}
			line := a.streamProgress(c, a.in, "identity")
			defer line.End()
			return a.buffered(func(w *bufio.Writer) error {
				return eachChunk(a.in, mappedTogether, func(lines []string) error {
					defer line.AddLines(lines)
					return mapLines(ctx, w, c.String("kind"), lines, call)
				})
			})
		}),
	})
}

// mappedTogether is the number of lines per call, which sends them as 8 batches in parallel.
const mappedTogether = 8 * operator.MaxIdentities

// eachChunk calls f with up to n lines of the input at a time.
func eachChunk(in io.Reader, n int, f func(lines []string) error) error {
	scanner := bufio.NewScanner(in)
	lines := make([]string, 0, n)
	for scanner.Scan() {
		if lines = append(lines, strings.TrimSuffix(scanner.Text(), "\r")); len(lines) == n {
			if err := f(lines); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	if err := scanner.Err(); err != nil {
		return input("standard input can't be read", err, "each line has one item; the longest that is read has 64 KiB")
	}
	if len(lines) == 0 {
		return nil
	}
	return f(lines)
}

// mappedLine is the result for a line. Times are Unix milliseconds.
type mappedLine struct {
	Input         string `json:"input"`
	RawUID        string `json:"raw_uid,omitempty"`
	Previous      string `json:"previous,omitempty"`
	RefreshFromMs int64  `json:"refresh_from,omitempty"`
	Bucket        string `json:"bucket,omitempty"`
	Unmapped      string `json:"unmapped,omitempty"`
	Reason        string `json:"reason,omitempty"` // the operator's text, if the reason is unknown
}

type mapCall func(ctx context.Context, ids []dii.Identity, opts ...identitymap.Option) (identitymap.Result, error)

func mapLines(ctx context.Context, w io.Writer, kind string, lines []string, call mapCall) error {
	ids := make([]dii.Identity, len(lines))
	valid := make([]dii.Identity, 0, len(lines))
	for i, line := range lines {
		if id, err := readIdentity(kind, line); err == nil {
			ids[i] = id
			valid = append(valid, id)
		}
	}
	result, err := call(ctx, valid)
	if err != nil {
		return err
	}
	for i, line := range lines {
		if err := printJSON(w, mapped(line, ids[i], &result)); err != nil {
			return err
		}
	}
	return nil
}

func readIdentity(kind, line string) (dii.Identity, error) {
	if kind == "auto" {
		kind = "email"
		if strings.HasPrefix(line, "+") && !strings.Contains(line, "@") {
			kind = "phone"
		}
	}
	return identityReaders[kind](line)
}

func mapped(line string, id dii.Identity, result *identitymap.Result) mappedLine {
	m := mappedLine{Input: line}
	if id.IsZero() {
		m.Unmapped = identitymap.ReasonInvalid.String()
		return m
	}
	if found, ok := result.Mapped[id]; ok {
		m.RawUID, m.Previous = found.UID.Reveal(), found.Previous.Reveal()
		//lint:ignore SA1019 the tool has the endpoint for as long as an operator may
		m.Bucket = found.Bucket
		if !found.RefreshFrom.IsZero() {
			m.RefreshFromMs = found.RefreshFrom.UnixMilli()
		}
		return m
	}
	why := result.Unmapped[id]
	m.Unmapped = why.Reason.String()
	if why.Reason == identitymap.ReasonUnknown {
		m.Reason = why.Text
	}
	return m
}
