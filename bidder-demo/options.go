package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// options are those of the command line.
type options struct {
	serve    bool
	addr     string
	serveFor time.Duration
	bidder   string
	requests string
	operator realOperator
	json     bool
	verbose  bool
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
	flags.BoolVar(&o.serve, "serve", false, "after the samples, keep serving auctions until interrupted")
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8000", "with -serve: `address` of Prebid Server")
	flags.DurationVar(&o.serveFor, "serve-for", 0, "with -serve: stop after this `time`; 0 means never")
	flags.StringVar(&o.bidder, "bidder", "", "run nothing but the bidder, at this `address`, for a Prebid Server elsewhere, until interrupted")
	flags.StringVar(&o.requests, "requests", "", "play the *.json of this `directory` instead of the samples: bid requests, or files in the samples' format")
	flags.StringVar(&o.operator.url, "operator", "", "`URL` of a real operator to fetch keys from, instead of the local ones")
	flags.StringVar(&o.operator.apiKey, "api-key", "", "with -operator: API `key`; default $"+envAPIKey)
	flags.StringVar(&o.operator.clientSecret, "client-secret", "", "with -operator: client `secret`; default $"+envClientSecret)
	scope := flags.String("scope", "uid2", "with -operator: uid2 or euid, whichever `scope` it is of")
	flags.BoolVar(&o.json, "json", false, "write JSON instead of a table")
	flags.BoolVar(&o.verbose, "v", false, "show each request's description, and the user that each bidder received, without raw UIDs")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	} else {
		err = o.complete(*scope)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bidder-demo:", err)
	}
	return o, err
}

// complete fills in what the flags left out and refuses flags that don't go together.
func (o *options) complete(scope string) error {
	switch scope {
	case "uid2":
		o.operator.scope = codec.ScopeUID2
	case "euid":
		o.operator.scope = codec.ScopeEUID
	default:
		return fmt.Errorf("-scope %q is neither uid2 nor euid", scope)
	}
	if o.bidder != "" && (o.serve || o.requests != "" || o.operator.url != "" || o.json) {
		return errors.New("-bidder goes with none of -serve, -requests, -operator and -json: nothing else runs")
	}
	if o.operator.url == "" {
		if o.operator.apiKey != "" || o.operator.clientSecret != "" {
			return errors.New("-api-key and -client-secret go with -operator")
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
		return errors.New("-operator needs -api-key and -client-secret")
	}
	if o.requests == "" && !o.serve {
		return errors.New("-operator needs -requests or -serve: only a local operator makes tokens for the samples")
	}
	return nil
}
