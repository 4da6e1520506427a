package operator

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Version is the version of this client that operators see, as uid2-client-go-<Version>.
const Version = "0.1.0"

// Client calls one operator with one set of credentials. It may be used from any number of goroutines, and keeps
// connections open between calls. Close it when done.
type Client struct {
	target target
	creds  Credentials
	config config
	http   *fasthttp.HostClient
	work   *work
	stats  counters
}

// counters are what Stats reads.
type counters struct {
	calls, attempts, failures atomic.Uint64
	clockOffset               atomic.Int64 // nanoseconds
}

// Stats is how a Client is doing, for the host's metrics.
type Stats struct {
	Calls    uint64 // calls made
	Attempts uint64 // HTTP requests sent, or tried to; beyond Calls they were retries
	Failures uint64 // calls that returned an error

	// ClockOffset is how far the operator's clock was ahead of ours in its last answer; 0 before the first one. It
	// includes the time that the answer took. Beyond a minute or two calls fail with ErrClockSkew.
	ClockOffset time.Duration
}

// New makes a client of the operator at baseURL: http or https, host, optional port and path; no user, query or fragment.
// With http the API key travels in the clear, so it is for a trusted network only. Errors wrap ErrOption or
// ErrCredentials, and repeat neither the URL nor any value. Nothing is sent yet.
func New(baseURL string, creds Credentials, opts ...Option) (*Client, error) {
	if creds.IsZero() {
		return nil, fmt.Errorf("%w: none", ErrCredentials)
	}
	target, err := parseBaseURL(baseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{target: target, creds: creds, config: defaults()}
	for _, opt := range opts {
		opt(&c.config)
	}
	if err := c.config.check(); err != nil {
		return nil, err
	}
	c.work = newWork(c.config.dial)
	c.http = &fasthttp.HostClient{
		Addr:                      target.addr,
		IsTLS:                     target.tls,
		TLSConfig:                 c.config.tls,
		DialTimeout:               c.work.dial,
		NoDefaultUserAgentHeader:  true,
		DisablePathNormalizing:    true,
		SecureErrorLogMessage:     true,
		MaxIdemponentCallAttempts: 1, // a retry needs a new envelope, so it is ours to make
		MaxResponseBodySize:       c.config.maxBody,
		ReadBufferSize:            16 << 10, // bounds the header of an answer, too
	}
	return c, nil
}

// Stats returns the present figures.
func (c *Client) Stats() Stats {
	return Stats{
		Calls:       c.stats.calls.Load(),
		Attempts:    c.stats.attempts.Load(),
		Failures:    c.stats.failures.Load(),
		ClockOffset: time.Duration(c.stats.clockOffset.Load()),
	}
}

// Close ends the calls in flight, which return ErrClosed, closes every connection and waits until nothing of the client
// runs any more. It returns nil, and may be called again.
func (c *Client) Close() error {
	c.work.close()
	c.http.CloseIdleConnections()
	return nil
}

// String redacts: a client holds credentials, and maybe a private key for TLS.
func (c *Client) String() string { return "[operator client]" }

// Format is String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// call sends m to the endpoint at path (with a leading slash) until an attempt succeeds or there is no point in another,
// and returns the payload of the answer. Every endpoint goes through here.
func (c *Client) call(ctx context.Context, path string, m message) ([]byte, error) {
	c.stats.calls.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.work.ctx, func() { cancel(ErrClosed) })()

	answer, err := c.retry(ctx, func() ([]byte, *Error) { return c.attempt(ctx, path, m) })
	if err != nil {
		c.stats.failures.Add(1)
		return nil, err
	}
	return answer, nil
}
