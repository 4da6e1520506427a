package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/operator"
)

// credentialFlags returns the flags that all commands have. Their values must not appear in help
// texts.
func credentialFlags() []cli.Flag {
	flag := func(name, env, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Sources: cli.EnvVars(env), Usage: usage, HideDefault: true, Category: "OPERATOR"}
	}
	return []cli.Flag{
		flag("base-url", "UID2_BASE_URL", "the operator's `URL`"),
		flag("api-key", "UID2_API_KEY", "the caller's API `KEY`"),
		flag("api-key-file", "UID2_API_KEY_FILE", "a `FILE` with the API key"),
		flag("client-secret", "UID2_CLIENT_SECRET", "the caller's client `SECRET`"),
		flag("client-secret-file", "UID2_CLIENT_SECRET_FILE", "a `FILE` with the client secret"),
		flag("proxy", "UID2_PROXY", "the `URL` of the proxy to the operator, or none; default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
		&cli.StringFlag{Name: "ca-file", Sources: cli.EnvVars("UID2_CA_FILE"), Usage: "trust the certificates of `FILE`, in PEM, instead of the system's", TakesFile: true, HideDefault: true, Category: "OPERATOR"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "wait no longer than this `TIME` for an answer", Category: "OPERATOR"},
	}
}

// client returns a client of the operator that flags and environment specify.
func (a *app) client(c *cli.Command, opts ...operator.Option) (*operator.Client, error) {
	url, err := baseURL(c)
	if err != nil {
		return nil, err
	}
	apiKey, err := secret(c, "api-key")
	if err != nil {
		return nil, err
	}
	clientSecret, err := secret(c, "client-secret")
	if err != nil {
		return nil, err
	}
	creds, err := operator.NewCredentials(apiKey, clientSecret)
	if err != nil {
		return nil, usageError{advice.Wrap("the operator's credentials", err, "")}
	}
	return made(operator.New(url, creds, append(connection(c), opts...)...))
}

// refreshClient is like client, but without credentials if there is no API key: refreshing needs
// none. With an API key, operators give more details about a refusal.
func (a *app) refreshClient(c *cli.Command) (*operator.Client, error) {
	if c.String("api-key") != "" || c.String("api-key-file") != "" {
		return a.client(c)
	}
	url, err := baseURL(c)
	if err != nil {
		return nil, err
	}
	return made(operator.NewWithoutCredentials(url, connection(c)...))
}

func baseURL(c *cli.Command) (string, error) {
	url := c.String("base-url")
	if url == "" {
		return "", usage("no operator is named", "-base-url and UID2_BASE_URL are missing", "write -base-url URL, or set UID2_BASE_URL; uid2 operator runs one to try things with")
	}
	return url, nil
}

// connection returns the options for the connection to the operator.
func connection(c *cli.Command) []operator.Option {
	return []operator.Option{
		operator.WithTimeout(c.Duration("timeout")),
		operator.WithProxy(c.String("proxy")),
		operator.WithCAFile(c.String("ca-file")),
	}
}

// made turns an error from making a client into a usage error.
func made(client *operator.Client, err error) (*operator.Client, error) {
	if err != nil {
		return nil, usageError{advice.Wrap("the operator can't be reached like this", err, "")}
	}
	return client, nil
}

// secret returns the value of a flag, of its environment variable or of its file.
func secret(c *cli.Command, name string) (string, error) {
	if value := c.String(name); value != "" {
		return value, nil
	}
	path := c.String(name + "-file")
	if path == "" {
		return "", usage("-"+name, "it is missing, and so are its file and its environment variable", secretAdvice(c, name))
	}
	value, err := settings.ReadSecret(path)
	if err != nil {
		return "", input(fmt.Sprintf("-%s-file: the secret can't be read", name), err, "")
	}
	return string(bytes.TrimSpace(value)), nil
}

// secretAdvice says where a secret may stand.
func secretAdvice(c *cli.Command, name string) string {
	do := fmt.Sprintf("write -%[1]s-file FILE or -%[1]s", name)
	if about, ok := flagOf(c, name).(cli.DocGenerationFlag); ok {
		for _, variable := range about.GetEnvVars() {
			do += ", or set " + variable
		}
	}
	return do
}
