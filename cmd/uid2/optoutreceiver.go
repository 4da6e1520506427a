package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/optout"
)

// receiverFlags returns the flags for authenticating and reading the webhook's requests. Secrets
// among their values must not appear in help texts.
func receiverFlags() []cli.Flag {
	const category = "AUTHORIZATION, one of"
	return []cli.Flag{
		&cli.StringFlag{Name: "bearer-token", Sources: cli.EnvVars("UID2_OPTOUT_TOKEN"), HideDefault: true, Category: category, Usage: "the `TOKEN` that the webhook sends in the header Authorization"},
		&cli.StringFlag{Name: "bearer-token-file", TakesFile: true, Category: category, Usage: "a `FILE` with that token"},
		&cli.StringFlag{Name: "shared-header", Category: category, Usage: "the `NAME` of another header that the webhook sends"},
		&cli.StringFlag{Name: "shared-header-value", Sources: cli.EnvVars("UID2_OPTOUT_HEADER_VALUE"), HideDefault: true, Category: category, Usage: "the `VALUE` of that header"},
		&cli.StringFlag{Name: "shared-header-value-file", TakesFile: true, Category: category, Usage: "a `FILE` with that value"},
		&cli.BoolFlag{Name: "unauthenticated", Category: category, Usage: "accept requests without authentication"},
		&cli.StringFlag{Name: "id-parameter", Value: "uid2", Usage: "the `NAME` of the parameter with the raw UID"},
		&cli.StringFlag{Name: "time-parameter", Value: "timestamp", Usage: "the `NAME` of the parameter with the time"},
		&cli.StringFlag{Name: "id-header", Usage: "the `NAME` of a header that may also have the raw UID"},
	}
}

// receiverOptions returns the options that the flags specify, after checking them.
func receiverOptions(c *cli.Command) ([]optout.ReceiverOption, error) {
	authentication, err := authenticationOf(c)
	if err != nil {
		return nil, err
	}
	options := []optout.ReceiverOption{authentication, optout.WithParameters(c.String("id-parameter"), c.String("time-parameter"))}
	if c.IsSet("id-header") {
		options = append(options, optout.WithIDHeader(c.String("id-header")))
	}
	return options, receiverError(c, optout.CheckReceiver(options...))
}

// authenticationOf returns the authentication that the flags specify. It must be exactly one: a
// second one would silently be ignored.
func authenticationOf(c *cli.Command) (optout.ReceiverOption, error) {
	bearer := c.String("bearer-token") != "" || c.String("bearer-token-file") != ""
	header := c.String("shared-header") != "" || c.String("shared-header-value") != "" || c.String("shared-header-value-file") != ""
	open := c.Bool("unauthenticated")
	switch {
	case bearer && header, bearer && open, header && open:
		return nil, usagef("a bearer token, a shared header and -unauthenticated exclude each other; the environment counts, too")
	case open:
		return optout.WithoutAuthentication(), nil
	case header && c.String("shared-header") == "":
		return nil, usagef("-shared-header is missing")
	case header:
		value, err := secretOnce(c, "shared-header-value")
		return optout.WithSharedHeader(c.String("shared-header"), value), err
	}
	token, err := secretOnce(c, "bearer-token")
	return optout.WithBearer(token), err
}

// secretOnce is like secret, but the flag or its variable and the file exclude each other: one of
// them may be outdated, and would let nothing in.
func secretOnce(c *cli.Command, name string) (string, error) {
	if c.String(name) != "" && c.String(name+"-file") != "" {
		return "", usagef("-%[1]s and -%[1]s-file exclude each other; the environment counts, too", name)
	}
	return secret(c, name)
}

// receiverFlagOf has the flags for the parts of a receiver's configuration.
var receiverFlagOf = map[optout.ReceiverPart]string{
	optout.PartBearerToken:       "bearer-token",
	optout.PartSharedHeaderName:  "shared-header",
	optout.PartSharedHeaderValue: "shared-header-value",
	optout.PartIDParameter:       "id-parameter",
	optout.PartTimeParameter:     "time-parameter",
	optout.PartIDHeader:          "id-header",
}

// receiverError adds the name of the flag to an error of a receiver.
func receiverError(c *cli.Command, err error) error {
	impossible, ok := errors.AsType[*optout.ReceiverError](err)
	if !ok {
		return err
	}
	name := receiverFlagOf[impossible.Part]
	if file := name + "-file"; c.String(name) == "" && c.String(file) != "" {
		return inputError{fmt.Errorf("-%s: %s", file, impossible.Want)}
	}
	return usagef("-%s: %s", name, impossible.Want)
}
