package main

import (
	"errors"
	"log/slog"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/operator"
)

// bidderFlags returns the flags of commands that annotate bid requests. The operator's flags are
// for all commands.
func bidderFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", TakesFile: true, Usage: "a `FILE` with the bidder's configuration in JSON, see docs/configuration.md; the operator's flags and variables aren't used then"},
		&cli.StringFlag{Name: "scope", Value: "UID2", Usage: "without -config: the operator is one of `SCOPE` UID2 or EUID", Validator: func(name string) error {
			_, err := scopeOf(name)
			return err
		}},
		&cli.StringFlag{Name: "when-unknown", Value: "withhold", Usage: "without -config: `withhold` raw UIDs, as nobody here knows who has opted out, or send them, because that is checked elsewhere", Validator: func(what string) error {
			if what != "withhold" && what != "send" {
				return errors.New("it is withhold or send")
			}
			return nil
		}},
	}
}

// bidderConfig returns the configuration that the flags name, or one of the operator's flags.
func (a *app) bidderConfig(c *cli.Command) (cfg bidder.Config, err error) {
	if path := c.String("config"); path != "" {
		cfg, err = readConfig(c, path)
	} else {
		cfg, err = configOfFlags(c)
	}
	cfg.Logger = slog.New(slog.NewTextHandler(a.err, nil))
	return cfg, err
}

func readConfig(c *cli.Command, path string) (bidder.Config, error) {
	for _, name := range []string{"scope", "when-unknown"} {
		if c.IsSet(name) {
			return bidder.Config{}, usage("-config and -"+name, "they exclude each other", "leave -"+name+" out, and write it into the configuration")
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return bidder.Config{}, input("-config: the configuration can't be read", err, "check the path; docs/configuration.md says what is in the file")
	}
	cfg, err := bidder.ParseConfig(text)
	return cfg, configError(err)
}

// configError adds the name of the flag to an error about the configuration.
func configError(err error) error {
	if impossible, ok := errors.AsType[*bidder.ConfigError](err); ok {
		return input("-config: "+impossible.Setting, impossible.Err, "correct the setting; docs/configuration.md has all of them, and uid2 doctor -config checks them")
	}
	return err
}

func configOfFlags(c *cli.Command) (cfg bidder.Config, err error) {
	url, err := baseURL(c)
	if err != nil {
		return cfg, usage("no operator is named", "-config is missing, and so are -base-url and UID2_BASE_URL", "write -config FILE, as docs/configuration.md describes it, or name the operator with -base-url")
	}
	apiKey, err := secret(c, "api-key")
	if err != nil {
		return cfg, err
	}
	clientSecret, err := secret(c, "client-secret")
	if err != nil {
		return cfg, err
	}
	if c.String("when-unknown") != "send" {
		return cfg, usage("nobody could be bid on", "without -config it isn't known who has opted out", "write a configuration with opt_outs, or say -when-unknown send if that is checked elsewhere")
	}
	scope, err := scopeOf(c.String("scope"))
	if err != nil {
		return cfg, err
	}
	creds, err := operator.NewCredentials(apiKey, clientSecret)
	if err != nil {
		return cfg, usageError{advice.Wrap("the operator's credentials", err, "")}
	}
	cfg.Operators = []bidder.Operator{{Scope: scope, BaseURL: url, Credentials: creds, Options: connection(c)}}
	cfg.OptOuts.SendUnknown = true
	return cfg, nil
}
