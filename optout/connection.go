package optout

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrServers: the [Servers] can't work as they are given, whatever state the servers are
	// in.
	ErrServers = errors.New("optout: invalid settings for the NATS servers")
	// ErrUnreachable: there is no connection to any of the NATS servers. Connecting is retried for
	// ever.
	ErrUnreachable = errors.New("optout: no NATS server can be reached")
)

// Servers describes how to connect to a fleet's NATS servers.
type Servers struct {
	// URLs has the URL of each server, separated by commas: nats:// or tls://, ws:// or wss://.
	// A host and a port alone mean nats://.
	URLs string
	// CredentialsFile has the credentials for the servers; none if empty.
	CredentialsFile string
	// CAFile has the CA certificates, in PEM, that may have signed the servers' certificates.
	// If empty, those of the system are used. With it, no connection is made without TLS, not
	// even to a nats:// URL.
	CAFile string
	// CertFile and KeyFile are a client certificate of this node and its key, in PEM, for
	// servers that require one; none if empty. They are read for each connection.
	CertFile, KeyFile string
	// Warn is called for settings that work but shouldn't be left as they are: raw UIDs that
	// leave this machine unencrypted, or a single replica although there are several servers.
	// It must not block. It may be nil.
	Warn func(string)
}

// connection is a connection that the log made itself.
type connection struct {
	*nats.Conn
	warn   func(string)
	cause  atomic.Pointer[error] // why the last attempt to connect failed
	warned atomic.Bool           // about the replicas
}

// ConnectJetStream is [NewJetStream] with a connection of the log's own. Servers that can't be
// reached are tried again for ever: the log is there, and the stream comes when it can; until then
// [Store.UnreachableErr] says why it doesn't. What can't work whatever the servers do is
// ErrServers; an impossible config is ErrOption.
func ConnectJetStream(servers Servers, config StreamConfig, local *File) (*JetStream, error) {
	if err := config.possible(); err != nil {
		return nil, err
	}
	urls, err := servers.parse()
	if err != nil {
		return nil, err
	}
	c := &connection{warn: servers.Warn}
	if c.warn == nil {
		c.warn = func(string) {}
	}
	if c.Conn, err = nats.Connect(servers.URLs, servers.options(c)...); err != nil {
		// The cause may quote a URL, with a password in it.
		return nil, fmt.Errorf("%w: NATS refuses the URLs, the credentials or the certificates", ErrServers)
	}
	js, err := jetstream.New(c.Conn)
	if err != nil {
		c.Close()
		return nil, err
	}
	if servers.CAFile == "" && servers.CertFile == "" && slices.ContainsFunc(urls, leavesInTheClear) {
		c.warn("the connection to a NATS server that is not on this machine is not encrypted: opt-outs can be read, and forged, on the way; use tls:// or a CA file")
	}
	l := newJetStream(js, config, local)
	l.conn = c
	return l, nil
}

// options returns the options for NATS. A server that hangs is abandoned after three seconds; one
// that rejects the credentials is retried, as they may be corrected.
func (s Servers) options(c *connection) []nats.Option {
	failed := func(_ *nats.Conn, err error) {
		if err != nil {
			c.cause.Store(&err)
		}
	}
	options := []nats.Option{
		nats.Name("uid2rtb"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(250 * time.Millisecond), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2),
		nats.ReconnectErrHandler(failed), nats.DisconnectErrHandler(failed),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // by default, NATS writes to standard error
	}
	if s.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(s.CredentialsFile))
	}
	if s.CAFile != "" {
		options = append(options, nats.RootCAs(s.CAFile))
	}
	if s.CertFile != "" {
		options = append(options, nats.ClientCert(s.CertFile, s.KeyFile))
	}
	return options
}

// parse returns the URLs. Its errors don't quote them.
func (s Servers) parse() (urls []*url.URL, err error) {
	for i, text := range strings.Split(s.URLs, ",") {
		u, err := parseServer(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%w: URL %d: %w", ErrServers, i+1, err)
		}
		urls = append(urls, u)
	}
	if (s.CertFile == "") != (s.KeyFile == "") {
		return nil, fmt.Errorf("%w: a certificate and its key must be given together", ErrServers)
	}
	for what, file := range map[string]string{"credentials": s.CredentialsFile, "CA": s.CAFile, "certificate": s.CertFile, "key": s.KeyFile} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("%w: the %s file: %w", ErrServers, what, err)
		}
	}
	return urls, nil
}

// schemes are the URL schemes that NATS supports.
var schemes = []string{"nats", "tls", "ws", "wss"}

// parseServer reads one URL. Its errors don't quote it.
func parseServer(text string) (*url.URL, error) {
	if text == "" {
		return nil, errors.New("it is empty")
	}
	if !strings.Contains(text, "://") {
		text = "nats://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("it can't be read")
	case !slices.Contains(schemes, u.Scheme):
		return nil, fmt.Errorf("NATS has no %s://, but nats://, tls://, ws:// and wss://", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("it has no host")
	case strings.Contains(u.Path+u.RawQuery+u.Fragment, "@"): // what looks like the host would be a part of them
		return nil, errors.New("its user or password has a character that must be escaped, such as %2F for /")
	case (u.Path != "" && u.Path != "/") && !strings.HasPrefix(u.Scheme, "ws"):
		return nil, errors.New("it has a path")
	}
	return u, nil
}

// leavesInTheClear reports whether what is sent to a server leaves this machine unencrypted.
func leavesInTheClear(u *url.URL) bool {
	if u.Scheme == "tls" || u.Scheme == "wss" || u.Hostname() == "localhost" {
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return err != nil || !address.IsLoopback()
}

// connected returns nil if there is a connection, and otherwise why there is none.
func (l *JetStream) connected() error {
	if l.js.Conn().IsConnected() {
		return nil
	}
	return l.unreachable()
}

// unreachable returns ErrUnreachable with the cause.
func (l *JetStream) unreachable() error {
	cause := l.js.Conn().LastError()
	if l.conn != nil {
		if failed := l.conn.cause.Load(); failed != nil {
			cause = *failed
		}
	}
	if cause == nil {
		return ErrUnreachable
	}
	return fmt.Errorf("%w: %s", ErrUnreachable, explain(cause))
}

// explain describes why connecting failed, without the parts of cause that may quote a URL.
func explain(cause error) string {
	var name *net.DNSError
	var address *net.OpError
	switch {
	case errors.As(cause, &name):
		return "there is no host " + name.Name + ", or its name can't be looked up"
	case errors.As(cause, &address):
		return address.Error()
	}
	return cause.Error()
}

// warnOfReplicas warns if the stream has one replica although there are several servers.
func (l *JetStream) warnOfReplicas(seen sighting) {
	if l.conn != nil && seen.replicas == 1 && len(l.conn.Servers()) >= 3 && !l.conn.warned.Swap(true) {
		l.conn.warn("one server alone keeps the fleet's opt-outs, though there are several: its disk is the only one; set the replicas to 3")
	}
}
