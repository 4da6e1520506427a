package operator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// ErrOption is wrapped by what New says about an impossible option or base URL, and Call about an
// impossible path or form.
var ErrOption = errors.New("operator: impossible option")

// Dial connects to addr, a host:port, as net.Dialer's DialContext does. It must return soon after
// ctx ends.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// Option configures a Client. New refuses invalid values.
type Option func(*config)

type config struct {
	timeout    time.Duration
	attempts   int
	maxBody    int
	minBackoff time.Duration
	maxBackoff time.Duration
	version    string
	tls        *tls.Config
	dial       Dial
	ownDialer  bool   // dial was set by the caller
	proxy      string // an address, NoProxy, or "" for the environment's proxy
	proxyFrom  func() (string, error)
	caFile     string
	now        func() time.Time
	private    bool

	credentials func(context.Context) (Credentials, error)
}

func defaults() config {
	return config{
		timeout:    10 * time.Second,
		attempts:   3,
		maxBody:    64 << 20,
		minBackoff: 200 * time.Millisecond,
		maxBackoff: 10 * time.Second,
		version:    Version,
		dial:       new(net.Dialer).DialContext,
		now:        time.Now,
	}
}

// WithTimeout limits each attempt, from connecting to the last byte of the answer. The context of a
// call limits all of its attempts and the waits between them. Default 10 seconds; it must be
// positive.
func WithTimeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// WithMaxAttempts sets the maximum number of attempts per call. Default 3; at least 1, which means
// no retries.
func WithMaxAttempts(n int) Option { return func(c *config) { c.attempts = n } }

// WithMaxResponseBytes limits the size of an answer's body, as sent. A larger one is an
// ErrResponse. Default 64 MiB, which holds some 300,000 keys; at least 1 KiB.
func WithMaxResponseBytes(n int) Option { return func(c *config) { c.maxBody = n } }

// WithBackoff sets the shortest and the longest wait between two attempts; the wait doubles from
// one to the other, with jitter. If the operator asks for a wait longer than longest (Retry-After),
// the call ends. Defaults 200 ms and 10 seconds; 0 < shortest <= longest.
func WithBackoff(shortest, longest time.Duration) Option {
	return func(c *config) { c.minBackoff, c.maxBackoff = shortest, longest }
}

// WithClientVersion sets the client version that is sent to operators, for applications that want
// to be distinguishable: uid2-client-go-<version>. It may have letters, digits, and any of ".-_+".
// Default Version.
func WithClientVersion(version string) Option { return func(c *config) { c.version = version } }

// WithTLSConfig sets how https connections are made, such as which certificates are trusted.
// Default: the system's settings. The Client keeps a copy.
func WithTLSConfig(tls *tls.Config) Option {
	tls = tls.Clone()
	return func(c *config) { c.tls = tls }
}

// WithCAFile trusts the certificates of a PEM file instead of the system's: for an operator, or a
// proxy that intercepts https connections, with a company's own certificates. New reads the file,
// and so does each attempt, so that it may be replaced; one that can't be read then, or has none,
// changes nothing, see [Client.ReloadErr]. Default: none. Without it, the environment variables
// SSL_CERT_FILE and SSL_CERT_DIR apply on Unix systems, as in every Go program.
func WithCAFile(path string) Option { return func(c *config) { c.caFile = path } }

// WithProxy sets the proxy to the operator: an address that starts with http://, https:// or
// socks5://, with a user and a password if the proxy requires them, or [NoProxy]. An operator at an
// https:// address is reached by CONNECT, so the proxy sees nothing; one at an http:// address
// through a plain HTTP proxy, which sees the API key.
//
// Default, also for "": the environment variables HTTPS_PROXY (or HTTP_PROXY, for an operator at an
// http:// address) and NO_PROXY, in upper or lower case, as of the call of New. They don't apply to
// an operator on this machine, nor together with [WithDialer].
func WithProxy(address string) Option { return func(c *config) { c.proxy = address } }

// WithProxyFrom is [WithProxy] with the address that read returns, which New calls, and each
// attempt again. It has to be fast, as reading a file is, and safe for concurrent use; an error
// should hold no secret. If it fails later on, or returns what is no address, the one from before
// is used, and [Client.ReloadErr] says so.
func WithProxyFrom(read func() (string, error)) Option {
	return func(c *config) { c.proxyFrom = read }
}

// WithDialer sets how connections are made, to the operator or to the proxy of [WithProxy].
// Default: a net.Dialer.
func WithDialer(dial Dial) Option { return func(c *config) { c.dial, c.ownDialer = dial, true } }

// WithNow sets the clock for the time in requests. Default time.Now.
func WithNow(now func() time.Time) Option { return func(c *config) { c.now = now } }

// WithCredentialsFrom lets the credentials be replaced while the client runs: read is called before
// each call, and again if the operator refuses the credentials. It has to be fast, as reading two
// files is, and safe for concurrent use; an error should hold no secret. Default: the credentials
// given to [New] are used for as long as the client lives.
//
// A new pair is used once the operator has answered a call with it. Until then, and whenever it is
// refused, the pair from before is; [Client.ReloadErr] says so. So an API key and a client
// secret may change one after the other, and the old pair may be revoked at any time from when the
// new one can be read. A pair that was refused is tried again a minute later, or when no other is
// left.
func WithCredentialsFrom(read func(ctx context.Context) (Credentials, error)) Option {
	return func(c *config) { c.credentials = read }
}

func (c *config) check() error {
	switch {
	case c.timeout <= 0:
		return fmt.Errorf("%w: the timeout is not positive", ErrOption)
	case c.attempts < 1:
		return fmt.Errorf("%w: fewer than one attempt", ErrOption)
	case c.maxBody < 1<<10:
		return fmt.Errorf("%w: the limit on answers is below 1 KiB", ErrOption)
	case c.minBackoff <= 0 || c.maxBackoff < c.minBackoff:
		return fmt.Errorf("%w: the backoff is not 0 < shortest <= longest", ErrOption)
	case !plainName(c.version):
		return fmt.Errorf("%w: the client version has characters that none has", ErrOption)
	case c.dial == nil:
		return fmt.Errorf("%w: no dialer", ErrOption)
	case c.now == nil:
		return fmt.Errorf("%w: no clock", ErrOption)
	}
	return nil
}

// plainName reports whether s is letters, digits and any of ".-_+", and not empty.
func plainName(s string) bool {
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		case r == '.', r == '-', r == '_', r == '+':
		default:
			return false
		}
	}
	return s != ""
}

// WithPrivateOperator declares that the operator is the caller's own, so that a call with several
// batches may send some of them concurrently. Public operators require one at a time.
func WithPrivateOperator() Option { return func(c *config) { c.private = true } }
