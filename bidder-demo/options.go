package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// options are those of the command line.
type options struct {
	serve     bool
	addr      string
	serveFor  time.Duration
	page      string
	pageToken string // file
	bidder    string
	requests  string
	operator  realOperator
	json      bool
	verbose   bool
}

// realOperator is an operator outside this program. Its zero value means the local ones.
type realOperator struct {
	url, apiKey, clientSecret string
	scope                     codec.Scope
}

// section returns the operator's name in the module's configuration.
func (o realOperator) section() string { return strings.ToLower(o.scope.String()) }

const (
	envAPIKey       = "UID2_API_KEY"
	envClientSecret = "UID2_CLIENT_SECRET"
)

// parse parses the command line. When it returns an error, the error has already been printed on
// stderr.
func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bidder-demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.serve, "serve", false, "serve a page that shows what happens, and after the samples keep serving auctions until interrupted")
	flags.StringVar(&o.addr, "addr", defaultAddr, "with -serve: `address` of Prebid Server")
	flags.StringVar(&o.page, "page", defaultPage, "with -serve: `address` of the page that shows the auctions; where others can reach it, with -page-token-file")
	flags.StringVar(&o.pageToken, "page-token-file", "", "with -serve: `file` with the token that the page asks for")
	flags.DurationVar(&o.serveFor, "serve-for", 0, "with -serve: stop after this `time`; 0 means never")
	flags.StringVar(&o.bidder, "bidder", "", "run nothing but the bidder, at this `address`, for a Prebid Server elsewhere, until interrupted")
	flags.StringVar(&o.requests, "requests", "", "play the *.json of this `directory` instead of the samples: bid requests, or files in the samples' format")
	flags.StringVar(&o.operator.url, "operator", "", "`URL` of a real operator to fetch keys from, instead of the local ones")
	flags.StringVar(&o.operator.apiKey, "api-key", "", "with -operator: API `key`; default $"+envAPIKey)
	flags.StringVar(&o.operator.clientSecret, "client-secret", "", "with -operator: client `secret`; default $"+envClientSecret)
	scope := flags.String("scope", "uid2", "with -operator: uid2 or euid, whichever `scope` it is of")
	flags.BoolVar(&o.json, "json", false, "write JSON instead of a table")
	flags.BoolVar(&o.verbose, "v", false, "show each request's description, and the user that each bidder received, without raw UIDs")
	flags.Usage = func() {
		fmt.Fprintf(stderr, "Usage: bidder-demo [flags]\n\nExamples:\n%s\nFlags:\n", examples)
		flags.PrintDefaults()
	}
	if err = advice.ParseFlags(flags, args); errors.Is(err, flag.ErrHelp) {
		return o, err
	}
	if err == nil {
		err = cmp.Or(advice.NoArguments(flags), o.withoutServe(flags), o.complete(*scope))
	}
	if err != nil {
		writeError(stderr, err)
	}
	return o, err
}

// examples are shown by -h.
const examples = `  go run ./bidder-demo
  go run ./bidder-demo -v
  go run ./bidder-demo -serve
  go run ./bidder-demo -requests DIR -json
  go run ./bidder-demo -operator URL -api-key KEY -client-secret SECRET -requests DIR
  go run ./bidder-demo -bidder 127.0.0.1:9000
`

// forServing are the flags that mean something with -serve only.
var forServing = []string{"addr", "page", "page-token-file", "serve-for"}

// withoutServe refuses flags that would be ignored without -serve.
func (o *options) withoutServe(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if err == nil && !o.serve && slices.Contains(forServing, f.Name) {
			err = advice.New("-"+f.Name, "it goes with -serve, which is missing", "write -serve, too, or leave -"+f.Name+" out")
		}
	})
	return err
}

// complete fills in what the flags left out and refuses flags that don't go together.
func (o *options) complete(scope string) error {
	switch scope {
	case "uid2":
		o.operator.scope = codec.ScopeUID2
	case "euid":
		o.operator.scope = codec.ScopeEUID
	default:
		return advice.New("-scope", fmt.Sprintf("%q is neither uid2 nor euid", scope), "write -scope uid2 or -scope euid")
	}
	if o.bidder != "" && (o.serve || o.requests != "" || o.operator.url != "" || o.json) {
		return advice.New("-bidder", "it goes with none of -serve, -requests, -operator and -json, as nothing else runs", "leave out one or the other")
	}
	if o.operator.url == "" {
		if o.operator.apiKey != "" || o.operator.clientSecret != "" {
			return advice.New("-api-key and -client-secret", "they go with -operator, which is missing", "write -operator URL, too, or leave them out")
		}
		return nil
	}
	if o.operator.apiKey == "" {
		o.operator.apiKey = os.Getenv(envAPIKey)
	}
	if o.operator.clientSecret == "" {
		o.operator.clientSecret = os.Getenv(envClientSecret)
	}
	if o.operator.apiKey == "" || o.operator.clientSecret == "" {
		return advice.New("-operator", "it needs -api-key and -client-secret", "write both, or set "+envAPIKey+" and "+envClientSecret)
	}
	if o.requests == "" && !o.serve {
		return advice.New("-operator", "only a local operator makes tokens for the samples", "write -requests DIR with requests of your own, or -serve")
	}
	return nil
}
