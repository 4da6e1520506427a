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
	// ErrServers: [Servers] that can't be used as they are, whatever the servers do.
	ErrServers = errors.New("optout: the NATS servers aren't given rightly")
	// ErrAway: there is no connection to any of the NATS servers. They are tried again for ever.
	ErrAway = errors.New("optout: no NATS server can be reached")
)

// Servers says how a fleet's NATS servers are reached.
type Servers struct {
	// URLs has one URL of each server, with commas between them: nats:// or tls://, ws:// or
	// wss://. A host and a port alone are nats://.
	URLs string
	// CredentialsFile has the credentials for them; none if empty.
	CredentialsFile string
	// CAFile has the certificates, in PEM, of those who may have signed the servers' certificates.
	// If empty, the system's are taken. With it no connection is made without TLS, also to a
	// nats:// URL.
	CAFile string
	// CertFile and KeyFile are a certificate of this node and its key, in PEM, for servers that
	// want one; none if empty. They are read for each connection.
	CertFile, KeyFile string
	// Warn is told what works and shouldn't be left so: raw UIDs that leave this machine
	// unencrypted, one replica though there are several servers. It must not wait. It may be nil.
	Warn func(string)
}

// connection is one that the log made itself.
type connection struct {
	*nats.Conn
	warn   func(string)
	cause  atomic.Pointer[error] // why the last try of a connection failed
	warned atomic.Bool           // of the replicas
}

// ConnectJetStream is [NewJetStream] with a connection of the log's own. Servers that can't be
// reached are tried again for ever: the log is there, and the stream comes when it can; until then
// [Store.AwayErr] says why it doesn't. What can't work whatever the servers do is ErrServers; an
// impossible config is ErrOption.
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
		// The cause may quote a URL, which may have a password.
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

// options are those of NATS. A server that hangs is left after three seconds, and one that refuses
// the credentials is asked again: they may be put right.
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
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // it would write to standard error
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

// parse returns the URLs, and says what is wrong with the servers without quoting a URL.
func (s Servers) parse() (urls []*url.URL, err error) {
	for i, text := range strings.Split(s.URLs, ",") {
		u, err := parseServer(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%w: URL %d: %w", ErrServers, i+1, err)
		}
		urls = append(urls, u)
	}
	if (s.CertFile == "") != (s.KeyFile == "") {
		return nil, fmt.Errorf("%w: a certificate and its key are given together", ErrServers)
	}
	for what, file := range map[string]string{"credentials": s.CredentialsFile, "CA": s.CAFile, "certificate": s.CertFile, "key": s.KeyFile} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("%w: the file of the %s: %w", ErrServers, what, err)
		}
	}
	return urls, nil
}

// schemes are those that NATS has.
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

// connected returns why there is no connection, nil if there is one.
func (l *JetStream) connected() error {
	if l.js.Conn().IsConnected() {
		return nil
	}
	return l.away()
}

// away is ErrAway with the cause.
func (l *JetStream) away() error {
	cause := l.js.Conn().LastError()
	if l.conn != nil {
		if failed := l.conn.cause.Load(); failed != nil {
			cause = *failed
		}
	}
	if cause == nil {
		return ErrAway
	}
	return fmt.Errorf("%w: %s", ErrAway, explain(cause))
}

// explain says what keeps a connection from being made, without what may quote a URL.
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

// warnOfReplicas says that one server keeps the stream though there are several.
func (l *JetStream) warnOfReplicas(seen sighting) {
	if l.conn != nil && seen.replicas == 1 && len(l.conn.Servers()) >= 3 && !l.conn.warned.Swap(true) {
		l.conn.warn("one server alone keeps the fleet's opt-outs, though there are several: its disk is the only one; set the replicas to 3")
	}
}
