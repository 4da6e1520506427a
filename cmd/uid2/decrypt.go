package main

import (
	"bufio"
	"context"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

func (a *app) decrypt() *cli.Command {
	return a.command(&cli.Command{
		Name:     "decrypt",
		Usage:    "decrypt tokens, one per line, and show whether they may be used",
		Category: "TOKENS",
		Description: `Reads one token per line from standard input and writes one JSON object per line:

   {"status":"Success","raw_uid":"…","established":1765886400000,"generated":1768474800000,"expires":2524608000000,
    "site_id":7000,"scope":"UID2","type":"email","version":4,"client_side_generated":false}

Times are Unix milliseconds. Unknown fields are omitted: a token that doesn't open has only a status. An empty line is an
empty token. A UID2: or EUID: in front of a token, which some senders of bid requests add, is ignored.

Opt-outs since a token was generated aren't known here: ask uid2 optout status before you use a raw UID. "opted_out":true is set
if the token itself says so.

Examples:
   uid2 decrypt -keys keys.json <tokens.txt
   uid2 decrypt -domain example.com <tokens.txt | jq -r 'select(.status=="Success").raw_uid'
   uid2 decrypt -keys keys.json -role sharing -now 2026-01-15T12:00:00Z <tokens.txt`,
		Flags: []cli.Flag{
			keyFlag(), roleFlag(), newNowFlag(),
			&cli.StringFlag{Name: "domain", Usage: "the registrable domain or app id, a `NAME`, to check client-side-generated tokens against"},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			role := c.String("role")
			keys, err := a.loadKeys(ctx, c, role)
			if err != nil {
				return err
			}
			decrypter, err := newDecrypter(keys, role)
			if err != nil {
				return err
			}
			progress := a.streamProgress(c, a.in, "token")
			defer progress.End()
			return a.buffered(func(w *bufio.Writer) error {
				return eachBatch(ctx, a.in, w, maxLine, func(dst []byte, b *batch) []byte {
					defer addBatch(progress, b)
					query := bidstream.Query{Name: c.String("domain"), Scope: keys.Scope(), NowMs: a.at(c).UnixMilli()}
					tokens := make([][]byte, 0, len(b.ends))
					for token := range b.lines {
						tokens = append(tokens, openrtb.Token(token))
					}
					verdicts := make([]bidstream.Verdict, len(tokens))
					decrypter.DecryptBatch(verdicts, tokens, query)
					for i := range verdicts {
						dst = append(sidecar.AppendVerdict(dst, &verdicts[i], true), '\n')
					}
					return dst
				})
			})
		}),
	})
}

func newDecrypter(keys *keyset.Snapshot, role string) (*bidstream.Decrypter, error) {
	options := []bidstream.Option{bidstream.WithKeys(keys.Scope(), keyset.Static(keys))}
	if role == roleSharing {
		options = append(options, bidstream.ForSharing())
	}
	return bidstream.New(options...)
}
