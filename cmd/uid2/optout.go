package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
)

func (a *app) optOut() *cli.Command {
	return a.command(&cli.Command{
		Name:     "optout",
		Usage:    "ask who has opted out; receive and store opt-outs",
		Category: "OPT-OUTS",
		Action:   a.help,
		Commands: []*cli.Command{a.optOutStatus(), a.optOutServe(), a.optOutCheck(), a.optOutExport(), a.optOutImport(), a.optOutBackfill(), a.optOutQuarantine(), a.optOutCompact(), a.optOutVerify(), a.optOutRepair()},
	})
}

func (a *app) optOutStatus() *cli.Command {
	return a.command(&cli.Command{
		Name:  "status",
		Usage: "show which raw UIDs, one per line, have opted out",
		Description: `Reads one raw UID per line from standard input and writes one JSON object per line:

   {"raw_uid":"…","opted_out":true,"since":1735689600000}
   {"raw_uid":"…","opted_out":false}
   {"error":"not a raw UID"}

Times are Unix milliseconds. A line may also be an object with a raw_uid, as uid2 decrypt and uid2 map print it.

Examples:
   uid2 optout status <raw-uids.txt
   uid2 decrypt <tokens.txt | uid2 optout status`,
		Flags: batchFlags(),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			client, lines, err := a.optOutClient(c)
			if err != nil {
				return err
			}
			defer client.Close()
			line := a.streamProgress(c, a.in, "raw UID")
			defer line.End()
			return a.buffered(func(w *bufio.Writer) error {
				return eachChunk(a.in, lines, func(lines []string) error {
					defer line.AddLines(lines)
					return optOutLines(ctx, w, lines, client)
				})
			})
		}),
	})
}

// batchFlags returns the flags of commands that ask the operator about raw UIDs.
func batchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "private-operator", Usage: "the operator is your own: send several batches concurrently"},
	}
}

// optOutLine is the result for a line.
type optOutLine struct {
	RawUID   string `json:"raw_uid,omitempty"`
	OptedOut *bool  `json:"opted_out,omitempty"`
	SinceMs  int64  `json:"since,omitempty"`
	Error    string `json:"error,omitempty"`
}

func newOptOutLine(uid codec.RawUID, optedOut bool, sinceMs int64) optOutLine {
	if uid.IsZero() {
		return optOutLine{Error: "not a raw UID"}
	}
	return optOutLine{RawUID: uid.Reveal(), OptedOut: &optedOut, SinceMs: sinceMs}
}

func optOutLines(ctx context.Context, w io.Writer, lines []string, client *operator.Client) error {
	uids := make([]codec.RawUID, len(lines))
	for i, line := range lines {
		uids[i], _ = codec.DecodeRawUID(rawUIDText(line)) // the zero value stands for an invalid line, and isn't asked about
	}
	out, err := client.OptOutStatus(ctx, uids)
	if err != nil {
		return err
	}
	since := make(map[codec.RawUID]int64, len(out))
	for _, o := range out {
		since[o.UID] = o.Since.UnixMilli()
	}
	for _, uid := range uids {
		sinceMs, optedOut := since[uid]
		if err := printJSON(w, newOptOutLine(uid, optedOut, sinceMs)); err != nil {
			return err
		}
	}
	return nil
}

// rawUIDText returns the line or, if it is an object from another command's output, its raw_uid.
func rawUIDText(line string) string {
	if !strings.HasPrefix(line, "{") {
		return line
	}
	var object struct {
		RawUID string `json:"raw_uid"`
	}
	if json.Unmarshal([]byte(line), &object) != nil {
		return ""
	}
	return object.RawUID
}
