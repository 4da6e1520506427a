package main

import (
	"bufio"
	"context"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing"
)

func (a *app) encrypt() *cli.Command {
	return a.command(&cli.Command{
		Name:     "encrypt",
		Usage:    "encrypt raw UIDs, one per line, for those with whom a keyset is shared",
		Category: "TOKENS",
		Description: `Reads one raw UID per line from standard input and writes one JSON object per line:

   {"status":"Success","token":"…"}

or only a status, if no token can be made.

Examples:
   uid2 encrypt <raw-uids.txt
   uid2 encrypt -keys sharing-keys.json -keyset 71 <raw-uids.txt`,
		Flags: []cli.Flag{
			keyFlag(), newNowFlag(),
			&cli.Int64Flag{Name: "keyset", Usage: "encrypt for those with whom the keyset with this `ID` is shared; default: the caller's default keyset", HideDefault: true},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			keys, err := a.loadKeys(ctx, c, roleSharing)
			if err != nil {
				return err
			}
			sharer, err := sharing.New(keys.Scope(), keyset.Static(keys))
			if err != nil {
				return err
			}
			progress := a.streamProgress(c, a.in, "raw UID")
			defer progress.End()
			return a.buffered(func(w *bufio.Writer) error {
				return eachBatch(ctx, a.in, w, maxLine, func(dst []byte, b *batch) []byte {
					defer addBatch(progress, b)
					nowMs := a.at(c).UnixMilli()
					for line := range b.lines {
						dst = appendEncrypted(dst, line, func(token []byte, uid codec.RawUID) ([]byte, codec.Status) {
							if c.IsSet("keyset") {
								return sharer.EncryptFor(token, uid, c.Int64("keyset"), nowMs)
							}
							return sharer.Encrypt(token, uid, nowMs)
						})
					}
					return dst
				})
			})
		}),
	})
}

// appendEncrypted appends the result for a line as JSON. None of its strings needs escaping.
func appendEncrypted(dst, line []byte, encrypt func(token []byte, uid codec.RawUID) ([]byte, codec.Status)) []byte {
	uid, err := codec.ParseRawUID(line)
	status := codec.EncryptionFailure
	var token []byte
	if err == nil {
		token, status = encrypt(nil, uid)
	}
	dst = append(append(append(dst, `{"status":"`...), status.String()...), '"')
	if status == codec.Success {
		dst = append(append(append(dst, `,"token":"`...), token...), '"')
	}
	return append(dst, "}\n"...)
}
