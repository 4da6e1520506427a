package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

func (a *app) inspect() *cli.Command {
	return a.command(&cli.Command{
		Name:      "inspect",
		Usage:     "show what is in tokens",
		ArgsUsage: "[TOKEN...]",
		Category:  "TOKENS",
		Description: `Without keys: version, scope, identity type, master key and sizes, as far as they can be read without keys. With -keys,
everything but the raw UID, which requires -reveal, and whether a bidder may use the token. Tokens are arguments, or lines of
standard input.

Examples:
   uid2 inspect A4AAABOJ…
   uid2 inspect -keys keys.json -domain example.com A4AAABOJ…`,
		Flags: []cli.Flag{
			keyFlag(), roleFlag(), newNowFlag(),
			&cli.StringFlag{Name: "domain", Usage: "the registrable domain or app id, a `NAME`, to check client-side-generated tokens against"},
			&cli.BoolFlag{Name: "reveal", Usage: "show the raw UID, too"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			var keys *keyset.Snapshot
			var decrypter *bidstream.Decrypter
			if role := c.String("role"); c.IsSet("keys") {
				var err error
				if keys, err = a.loadKeys(ctx, c, role); err != nil {
					return err
				}
				if decrypter, err = newDecrypter(keys, role); err != nil {
					return err
				}
			}
			return a.buffered(func(w *bufio.Writer) error {
				for token, err := range a.tokens(c) {
					if err != nil {
						return err
					}
					if err := printInspection(w, c.Bool("json"), a.inspection(c, keys, decrypter, openrtb.Token(token))); err != nil {
						return err
					}
				}
				return nil
			})
		},
	})
}

// tokens yields the arguments, or the lines of the input.
func (a *app) tokens(c *cli.Command) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if c.Args().Present() {
			for _, token := range c.Args().Slice() {
				if !yield(token, nil) {
					return
				}
			}
			return
		}
		lines := bufio.NewScanner(a.in)
		for lines.Scan() {
			if !yield(lines.Text(), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield("", inputError{err})
		}
	}
}

// inspection is what can be shown of a token.
type inspection struct {
	Status      string          `json:"status"` // of parsing it, without keys
	Version     uint8           `json:"version,omitempty"`
	Scope       string          `json:"scope,omitempty"`
	Type        string          `json:"type,omitempty"`
	MasterKeyID uint32          `json:"master_key_id,omitempty"`
	Characters  int             `json:"characters"`
	Alphabet    string          `json:"alphabet,omitempty"`
	SiteKeyID   uint32          `json:"site_key_id,omitempty"`
	PrivacyBits *uint32         `json:"privacy_bits,omitempty"`
	RefreshedMs int64           `json:"refreshed,omitempty"`
	RawUID      string          `json:"raw_uid_version,omitempty"`
	Verdict     json.RawMessage `json:"verdict,omitempty"` // as printed by uid2 decrypt
}

func (a *app) inspection(c *cli.Command, keys *keyset.Snapshot, decrypter *bidstream.Decrypter, text string) inspection {
	var token codec.Token
	status := codec.Parse(&token, text)
	i := inspection{Status: status.String(), Characters: len(text)}
	if status == codec.Success {
		i.Version, i.MasterKeyID, i.Alphabet = uint8(token.Version), token.MasterKeyID, alphabet(text)
		if token.Version != codec.V2 {
			i.Scope, i.Type = token.Scope.String(), token.Type.String()
		}
	}
	if keys == nil {
		return i
	}
	if status == codec.Success && token.Open(keys.Keys()) == codec.Success {
		bits := uint32(token.PrivacyBits)
		i.PrivacyBits, i.RefreshedMs = &bits, token.RefreshedMs
		i.RawUID = fmt.Sprintf("v%d", token.UID.Version())
	}
	i.SiteKeyID = token.SiteKeyID
	var verdict bidstream.Verdict
	query := bidstream.Query{Name: c.String("domain"), Scope: keys.Scope(), NowMs: a.at(c).UnixMilli()}
	decrypter.DecryptString(&verdict, text, query)
	i.Verdict = sidecar.AppendVerdict(nil, &verdict, c.Bool("reveal"))
	return i
}

func alphabet(text string) string {
	switch {
	case strings.ContainsAny(text, "-_") && strings.ContainsAny(text, "+/"):
		return "mixed"
	case strings.ContainsAny(text, "-_"):
		return "URL-safe"
	case strings.ContainsAny(text, "+/"):
		return "standard"
	}
	return "either"
}

// printInspection writes one line of JSON, or a line per field and an empty line.
func printInspection(w io.Writer, asJSON bool, i inspection) error {
	if asJSON {
		return printJSON(w, i)
	}
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	verdict, _ := fields["verdict"].(map[string]any)
	delete(fields, "verdict")
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printFields(tabs, "", fields)
	printFields(tabs, "verdict: ", verdict)
	fmt.Fprintln(tabs)
	return tabs.Flush()
}

// times lists the fields that are Unix milliseconds.
var times = []string{"established", "generated", "expires", "refreshed"}

func printFields(w io.Writer, prefix string, fields map[string]any) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	if i := slices.Index(names, "status"); i > 0 {
		names = slices.Concat([]string{"status"}, names[:i], names[i+1:])
	}
	for _, name := range names {
		value := fields[name]
		if ms, ok := value.(float64); ok {
			value = int64(ms)
			if slices.Contains(times, name) {
				value = time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339Nano)
			}
		}
		fmt.Fprintf(w, "%s%s\t%v\n", prefix, strings.ReplaceAll(name, "_", " "), value)
	}
}
