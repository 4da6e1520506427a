package operator

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"
)

// Version is the version of this client that is sent to operators, as uid2-client-go-<Version>.
const Version = "0.1.0"

// Client calls one operator for one participant. It is safe for concurrent use, and keeps
// connections open between calls. Close it when done.
type Client struct {
	base   *url.URL
	creds  *rotation
	config config
	http   *transports
	work   *work
	stats  counters
}

// counters are the figures behind Stats.
type counters struct {
	calls, attempts, resent, failures atomic.Uint64
	clockOffset                       atomic.Int64 // nanoseconds
}

// Stats are the figures of a Client, for the host's metrics. Counters start with New.
type Stats struct {
	Calls    uint64 // calls made
	Attempts uint64 // attempts made; those beyond Calls were retries
	Resent   uint64 // HTTP requests repeated within an attempt, because a kept connection had been closed
	Failures uint64 // calls that returned an error

	// Reloads counts how often other credentials came into use, and
	// ReloadFailures how often new ones couldn't be read or were refused. See
	// WithCredentialsFrom.
	Reloads, ReloadFailures uint64

	// ClockOffset is how far the operator's clock was ahead of ours in its last answer; 0
	// before the first one. It includes the time that the answer took to arrive. Beyond one or
	// two minutes, calls fail with ErrClockSkew.
	ClockOffset time.Duration
}

// New returns a client of the operator at baseURL: http or https, host, optional port and path; no
// user, query or fragment. With http, the API key is sent unencrypted, so use it on trusted
// networks only. Errors wrap ErrOption or ErrCredentials, and quote neither the URL nor any value.
// New sends nothing.
func New(baseURL string, creds Credentials, opts ...Option) (*Client, error) {
	if creds.IsZero() {
		return nil, fmt.Errorf("%w: none", ErrCredentials)
	}
	return newClient(baseURL, creds, opts)
}

// NewWithoutCredentials returns a client for [Client.RefreshToken], the only call that operators
// allow without an API key. Other calls return ErrCredentials. Otherwise it is like [New].
func NewWithoutCredentials(baseURL string, opts ...Option) (*Client, error) {
	return newClient(baseURL, Credentials{}, opts)
}

func newClient(baseURL string, creds Credentials, opts []Option) (*Client, error) {
	base, err := parseBaseURL(baseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, config: defaults()}
	for _, opt := range opts {
		opt(&c.config)
	}
	if err := c.config.check(); err != nil {
		return nil, err
	}
	if creds.IsZero() && c.config.credentials != nil {
		return nil, fmt.Errorf("%w: none to begin with", ErrCredentials)
	}
	c.creds = &rotation{source: c.config.credentials, now: c.config.now, inUse: creds, offered: creds}
	c.work = newWork(&c.config)
	if c.http, err = newTransports(&c.config, base, c.work); err != nil {
		return nil, err
	}
	return c, nil
}

// Stats returns the current figures.
func (c *Client) Stats() Stats {
	s := Stats{
		Calls:       c.stats.calls.Load(),
		Attempts:    c.stats.attempts.Load(),
		Resent:      c.stats.resent.Load(),
		Failures:    c.stats.failures.Load(),
		ClockOffset: time.Duration(c.stats.clockOffset.Load()),
	}
	s.Reloads, s.ReloadFailures = c.creds.counts()
	return s
}

// Credentials returns the credentials in use: those with which the operator has answered last.
func (c *Client) Credentials() Credentials { return c.creds.current() }

// ReloadErr returns why what is in use isn't what [WithCredentialsFrom], [WithProxyFrom] or
// [WithCAFile] would have now: it can't be read, is impossible, or the operator refuses it. It is
// nil if all is well, as far as the last call has shown.
func (c *Client) ReloadErr() error { return errors.Join(c.creds.err(), c.http.reloadErr()) }

// Close ends the calls in flight, which return ErrClosed, closes every connection and waits until
// none of the client's goroutines is running. It always returns nil, and may be called again.
func (c *Client) Close() error {
	c.work.close()
	return nil
}

// String returns a placeholder: a client holds credentials, and perhaps a private key for TLS.
func (c *Client) String() string { return "[operator client]" }

// Format writes what String returns, for every verb.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// sealed is like [Client.call] for a payload in an envelope, with credentials that the operator
// accepts.
func (c *Client) sealed(ctx context.Context, path string, form Form, payload []byte) ([]byte, error) {
	if c.creds.current().IsZero() {
		return nil, fmt.Errorf("%w: the client has none", ErrCredentials)
	}
	return c.call(ctx, func(ctx context.Context) ([]byte, error) {
		return c.creds.call(ctx, func(creds Credentials) ([]byte, error) {
			return c.send(ctx, path, creds, enveloped(form, payload))
		})
	})
}

// bare is like [Client.call] for a refresh, which isn't in an envelope. What comes of it says
// nothing about credentials.
func (c *Client) bare(ctx context.Context, refreshToken string, responseKey []byte) ([]byte, error) {
	return c.call(ctx, func(ctx context.Context) ([]byte, error) {
		return c.send(ctx, "/v2/token/refresh", c.creds.current(), bare(refreshToken, responseKey))
	})
}

// send sends m to the endpoint at path (with a leading slash) until an attempt succeeds or another
// one would be pointless, and returns the payload of the answer.
func (c *Client) send(ctx context.Context, path string, creds Credentials, m message) ([]byte, error) {
	return c.retry(ctx, func() ([]byte, *Error) { return c.attempt(ctx, path, creds, m) })
}

// call counts what do does, and ends it with the client. Every endpoint goes through here.
func (c *Client) call(ctx context.Context, do func(context.Context) ([]byte, error)) ([]byte, error) {
	c.stats.calls.Add(1)
	if !c.work.begin() {
		c.stats.failures.Add(1)
		return nil, &Error{Kind: ErrClosed}
	}
	defer c.work.end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.work.ctx, func() { cancel(ErrClosed) })()

	answer, err := do(ctx)
	if err != nil {
		c.stats.failures.Add(1)
		return nil, err
	}
	return answer, nil
}
