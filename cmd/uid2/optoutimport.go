package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/optout"
)

// importBatch is the number of entries in memory at a time.
const importBatch = 1 << 14

func (a *app) optOutImport() *cli.Command {
	return a.command(&cli.Command{
		Name:  "import",
		Usage: "add opt-outs to a store from CSV: raw UID, Unix seconds",
		Description: `Reads standard input twice if it is a file: an invalid line stops the command before anything is added, and its number is
shown. From a pipe, entries are added as they are read, up to such a line, and the number added is shown. Opt-outs that the
store has already are added again, which does no harm; see uid2 optout compact. In a fleet, the command waits for the stream
and adds to it, and the store is this node's copy.

Examples:
   uid2 optout import -store optouts.db <optouts.csv
   uid2 optout import -store copy.db -nats-urls nats://10.0.0.7:4222 <optouts.csv`,
		Flags: logFlags(),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			nowMs := a.now().UnixMilli()
			checking := a.progress(c, "checking the input", "entry")
			defer checking.End()
			if err := checkOptOuts(a.in, nowMs, checking); err != nil {
				return err
			}
			checking.End()
			log, err := a.openAppender(ctx, c)
			if err != nil {
				return err
			}
			added := 0
			adding := a.progress(c, "adding", "entry")
			err = readOptOuts(a.in, nowMs, adding, func(entries []optout.Entry) error {
				err := log.append(ctx, entries)
				if err == nil {
					added += len(entries)
				}
				return err
			})
			err = errors.Join(err, log.close())
			adding.End()
			if err == nil || added > 0 {
				fmt.Fprintf(a.out, "%s added\n", plural.Count(added, "opt-out"))
			}
			return err
		}),
	})
}

// checkOptOuts reads an input to its end and then goes back to where it was, if it can.
func checkOptOuts(in io.Reader, nowMs int64, line *progress.Line) error {
	file, ok := in.(io.ReadSeeker)
	if !ok {
		return nil
	}
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // a pipe
	}
	if err := readOptOuts(file, nowMs, line, func([]optout.Entry) error { return nil }); err != nil {
		return err
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return input("standard input can't be read again", err, "write it to a file first")
	}
	return nil
}

// readOptOuts reads CSV of raw UIDs and Unix seconds, and calls add for batches of entries,
// including those before an invalid line. add must not keep them.
func readOptOuts(in io.Reader, nowMs int64, line *progress.Line, add func([]optout.Entry) error) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = 2, true
	line.WholeOf(in)
	entries, before := make([]optout.Entry, 0, importBatch), int64(0)
	for {
		entry, err := readOptOut(r, nowMs)
		if err == nil {
			entries = append(entries, entry)
		}
		if len(entries) == cap(entries) || err != nil && len(entries) > 0 {
			if adding := add(entries); adding != nil {
				return adding
			}
			line.Add(len(entries))
			line.AddPart(r.InputOffset() - before)
			before = r.InputOffset()
			entries = entries[:0]
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// badLine is the error about a line, which it doesn't quote: it may be personal data.
func badLine(number int, why string) error {
	return inputError{advice.New(fmt.Sprintf("line %d", number), why, "correct or remove the line; each is as in uid2 optout export: a raw UID, a comma, and Unix seconds")}
}

// readOptOut reads a line. At the end of the input it returns io.EOF.
func readOptOut(r *csv.Reader, nowMs int64) (e optout.Entry, err error) {
	record, err := r.Read()
	if errors.Is(err, io.EOF) {
		return e, io.EOF
	}
	if bad, isBad := errors.AsType[*csv.ParseError](err); isBad {
		return e, badLine(bad.StartLine, "it isn't a raw UID, a comma and a time")
	}
	if err != nil {
		return e, input("standard input can't be read", err, "")
	}
	line, _ := r.FieldPos(0)
	uid, err := codec.DecodeRawUID(record[0])
	if err != nil {
		return e, badLine(line, "it has no raw UID in front of the comma")
	}
	seconds, err := strconv.ParseInt(record[1], 10, 64)
	if err != nil || seconds < 0 || seconds > nowMs/1000 {
		return e, badLine(line, "the time isn't Unix seconds of the past")
	}
	return optout.Entry{UID: uid.Canonical(), SinceMs: seconds * 1000, ReceivedMs: nowMs}, nil
}
