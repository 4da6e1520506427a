package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/doctor"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/operator"
)

func (a *app) doctor() *cli.Command {
	return a.command(&cli.Command{
		Name:     "doctor",
		Usage:    "check everything that raw UIDs depend on, and say what to do about what is wrong",
		Category: "HEALTH",
		Description: `Checks the operator's address, proxy, TLS, clock, credentials, roles, keys and sites, and, if there are any, the store of
opt-outs, the receiver, the fleet's NATS servers, and a Prebid Server's configuration. It changes nothing; the receiver gets
a sentinel, as the opt-out service sends with each batch. No secret, token or raw UID is printed.

What to check comes from -config (see docs/configuration.md), from -prebid-server, which is read as Prebid Server does, with
the variables PBS_… of the environment, or from the flags of the operator alone. The whole run ends within -timeout.
docs/doctor.md has all checks.

The exit code is 0 if all is well, 1 if something is wrong, and 8 if there are warnings only.

Examples:
   uid2 doctor
   uid2 doctor -config bidder.json -v
   uid2 doctor -prebid-server pbs.yaml -bidder-info prebid-server/static/bidder-info
   uid2 doctor -config bidder.json -receiver-url https://optout.example.com/ -nats-monitoring http://10.0.0.7:8222 -json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "config", TakesFile: true, Usage: "check what this `FILE`, a bidder's configuration in JSON, has"},
			&cli.StringFlag{Name: "prebid-server", TakesFile: true, Usage: "check a Prebid Server's configuration `FILE`, pbs.yaml or pbs.json, and what the module's section in it has"},
			&cli.StringFlag{Name: "bidder-info", TakesFile: true, Usage: "the `DIRECTORY` static/bidder-info of that Prebid Server's tree"},
			&cli.StringFlag{Name: "receiver-url", Usage: "the `URL` at which the opt-out service reaches the receiver; default: its own address, from here"},
			&cli.BoolFlag{Name: "test-opt-out", Usage: "also send the receiver an opt-out of nobody, which is kept for ever"},
			&cli.StringSliceFlag{Name: "nats-monitoring", Usage: "the `URL` of a NATS server's monitoring port, to see sync_interval; may be repeated"},
			&cli.DurationFlag{Name: "expires-within", Value: 14 * 24 * time.Hour, Usage: "warn of certificates that expire within this `TIME`"},
			&cli.BoolFlag{Name: "v", Usage: "show what is well, too"},
			newNowFlag(),
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			patient, err := a.patient(c)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, c.Duration("timeout"))
			defer cancel()
			waiting := a.waiting(c, "checking")
			found := patient.Examine(ctx)
			waiting.End()
			if err := a.sayFound(c, found); err != nil {
				return err
			}
			return verdict(found)
		}),
	})
}

// patient returns what the flags want to be checked.
func (a *app) patient(c *cli.Command) (*doctor.Patient, error) {
	p := &doctor.Patient{Now: a.now, Within: c.Duration("expires-within")}
	if c.IsSet(nowFlag) {
		p.Now = func() time.Time { return c.Timestamp(nowFlag) }
	}
	if err := a.readPatient(c, p); err != nil {
		return nil, err
	}
	if err := reachedAt(c, p); err != nil {
		return nil, err
	}
	monitoring := c.StringSlice("nats-monitoring")
	if len(monitoring) > 0 && p.Fleet == nil && !doctor.Unread(p.Settings) {
		return nil, usage("-nats-monitoring", "it needs a fleet, and no configuration has one", "write -config FILE with opt_outs.nats in it, or leave it out")
	}
	if p.Fleet != nil {
		p.Fleet.Monitoring = monitoring
	}
	return p, nil
}

func (a *app) readPatient(c *cli.Command, p *doctor.Patient) error {
	config, server := c.String("config"), c.String("prebid-server")
	switch {
	case config != "" && server != "":
		return usage("-config and -prebid-server", "they exclude each other", "check one after the other")
	case c.IsSet("bidder-info") && server == "":
		return usage("-bidder-info", "it belongs to -prebid-server, which is missing", "write -prebid-server FILE, too, or leave it out")
	case server != "":
		return asInput("-prebid-server: the configuration can't be read", p.ReadPrebidServer(server, c.String("bidder-info")))
	case config != "":
		text, err := os.ReadFile(config)
		if err != nil {
			return asInput("-config: the configuration can't be read", err)
		}
		p.ReadConfig(text)
		return nil
	}
	return participant(c, p)
}

func asInput(what string, err error) error {
	if err != nil {
		return input(what, err, "check the path, and that it is the file of which the flag speaks")
	}
	return nil
}

// participant adds the operator that the flags name.
func participant(c *cli.Command, p *doctor.Patient) error {
	base, err := baseURL(c)
	if err != nil {
		return err
	}
	apiKey, err := secret(c, "api-key")
	if err != nil {
		return err
	}
	clientSecret, err := secret(c, "client-secret")
	if err != nil {
		return err
	}
	creds, err := operator.NewCredentials(apiKey, clientSecret)
	if err != nil {
		return usageError{advice.Wrap("the operator's credentials", err, "")}
	}
	p.Operators = []doctor.Operator{{Name: "operator", BaseURL: base, Credentials: creds, Options: connection(c), Proxy: c.String("proxy")}}
	return nil
}

// reachedAt reads the flags that change how the receiver is checked.
func reachedAt(c *cli.Command, p *doctor.Patient) error {
	text := c.String("receiver-url")
	u, err := url.Parse(text)
	switch {
	case text != "" && (err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme)):
		return usage("-receiver-url", "it doesn't start with http:// or https://", "write the URL that the opt-out service has of the receiver")
	case bidder.SendsInTheClear(text):
		return usage("-receiver-url", "http:// would show the token to everybody on the way", "use https://")
	case p.Receiver != nil:
		p.Receiver.URL = cmp.Or(text, p.Receiver.URL)
		p.Receiver.TestOptOut = c.Bool("test-opt-out")
	case (text != "" || c.Bool("test-opt-out")) && !doctor.Unread(p.Settings):
		return usage("-receiver-url and -test-opt-out", "they need a receiver, and no configuration has one", "write -config FILE with opt_outs.listen in it, or leave them out")
	}
	return nil
}

func (a *app) sayFound(c *cli.Command, found []doctor.Finding) error {
	if !c.Bool("json") {
		return doctor.Print(a.out, found, c.Bool("v"), a.colour)
	}
	return printJSON(a.out, struct {
		Wrong    int              `json:"wrong"`
		Warnings int              `json:"warnings"`
		Checks   []doctor.Finding `json:"checks"`
	}{doctor.Count(found, doctor.Wrong), doctor.Count(found, doctor.Warning), found})
}

var (
	// errWrong: something is wrong, and the output says so already.
	errWrong = errors.New("something is wrong")
	// errWarnings: nothing is wrong, but there are warnings in the output.
	errWarnings = errors.New("there are warnings")
)

// verdict returns an error if not all is well.
func verdict(found []doctor.Finding) error {
	if n := doctor.Count(found, doctor.Wrong); n > 0 {
		return advice.Wrap("", fmt.Errorf("%w: %s failed", errWrong, plural.Count(n, "check")), "each finding above says what to do; docs/doctor.md says more about it")
	}
	if doctor.Count(found, doctor.Warning) > 0 {
		return advice.Wrap("", fmt.Errorf("%w: nothing is wrong yet", errWarnings), "each finding above says what to do; docs/doctor.md says more about it")
	}
	return nil
}
