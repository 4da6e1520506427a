package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/optout"
)

// receiverFlags returns the flags for authenticating and reading the webhook's requests. Secrets
// among their values must not appear in help texts.
func receiverFlags() []cli.Flag {
	const category = "AUTHORIZATION, one of"
	return []cli.Flag{
		&cli.StringFlag{Name: "bearer-token", Sources: cli.EnvVars("UID2_OPTOUT_TOKEN"), HideDefault: true, Category: category, Usage: "the `TOKEN` that the webhook sends in the header Authorization"},
		&cli.StringFlag{Name: "bearer-token-file", TakesFile: true, Category: category, Usage: "a `FILE` with that token, or with several, one in each line; it is read again when it changes"},
		&cli.StringFlag{Name: "shared-header", Category: category, Usage: "the `NAME` of another header that the webhook sends"},
		&cli.StringFlag{Name: "shared-header-value", Sources: cli.EnvVars("UID2_OPTOUT_HEADER_VALUE"), HideDefault: true, Category: category, Usage: "the `VALUE` of that header"},
		&cli.StringFlag{Name: "shared-header-value-file", TakesFile: true, Category: category, Usage: "a `FILE` with that value, or with several, one in each line; it is read again when it changes"},
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
		return nil, usage("a bearer token, a shared header and -unauthenticated", "they exclude each other; the environment counts, too", "keep the one that the opt-out service uses")
	case open:
		return optout.WithoutAuthentication(), nil
	case header && c.String("shared-header") == "":
		return nil, usage("-shared-header", "it is missing, while its value is there", "write -shared-header NAME, too")
	case header:
		values, err := secretsOf(c, "shared-header-value")
		return optout.WithSharedHeaderFrom(c.String("shared-header"), values), err
	}
	tokens, err := secretsOf(c, "bearer-token")
	return optout.WithBearerFrom(tokens), err
}

// secretsOf returns what reads a secret: the flag or its variable, or a file, in which each line is
// one. They exclude each other: one of them may be outdated, and would let nothing in.
func secretsOf(c *cli.Command, name string) (read func() ([]string, error), err error) {
	if c.String(name) != "" && c.String(name+"-file") != "" {
		return nil, usage(fmt.Sprintf("-%[1]s and -%[1]s-file", name), "they exclude each other; the environment counts, too", "keep the file, which can be replaced without a restart")
	}
	inFile := c.String(name) == ""
	read = func() ([]string, error) {
		text, err := secret(c, name)
		if err != nil || !inFile {
			return []string{text}, err
		}
		return settings.Lines(text), nil
	}
	_, err = read() // a file that isn't there is an error of its own
	return read, err
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
		return inputError{advice.New("-"+file, impossible.Want, "correct what is in the file")}
	}
	return usage("-"+name, impossible.Want, describe(c, name))
}
