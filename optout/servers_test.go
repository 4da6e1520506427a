package optout

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// TestServerURLs: all URLs that NATS accepts are accepted, with any white space around them, and no
// others.
func TestServerURLs(t *testing.T) {
	urls, err := Servers{URLs: "host, tls://[::1]:4222 ,ws://a.b/path,wss://c:1/,nats://u:p@d:4222/"}.parse()
	var got []string
	for _, u := range urls {
		got = append(got, u.Scheme+" "+u.Host+" "+u.Path)
	}
	if want := []string{"nats host ", "tls [::1]:4222 ", "ws a.b /path", "wss c:1 /", "nats d:4222 /"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for text, says := range map[string]string{
		"": "it is empty", " ": "it is empty", "http://a": "NATS has no http://", "nats://:4222": "it has no host", "nats://a/b": "it has a path",
		"tls://a/b": "it has a path", "a b": "it can't be read", "nats://a:b": "it can't be read",
		"ws://to/ken@a": "its user or password", "nats://to?ken@a": "its user or password", "tls://to#ken@a": "its user or password",
	} {
		_, err := Servers{URLs: "nats://fine," + text}.parse()
		if !errors.Is(err, ErrServers) || !strings.Contains(err.Error(), "URL 2: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLeavesInTheClear: connections to other machines without TLS do.
func TestLeavesInTheClear(t *testing.T) {
	for text, want := range map[string]bool{
		"nats://localhost": false, "nats://127.0.0.1:4222": false, "nats://127.9.9.9": false, "nats://[::1]:1": false, "ws://localhost:1": false,
		"tls://a": false, "wss://a": false, "tls://10.0.0.1": false,
		"nats://a": true, "nats://10.0.0.1": true, "ws://a": true, "nats://[2001:db8::1]:1": true, "nats://localhost.example": true, "nats://0.0.0.0": true,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if leavesInTheClear(u) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

// TestExplain: a failure to connect is explained without a URL, which may have a password.
func TestExplain(t *testing.T) {
	operation := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, c := range []struct {
		cause error
		want  string
	}{
		{fmt.Errorf("nats://me:canary@h: %w", &net.DNSError{Name: "h", Err: "no such host"}), "there is no host h, or its name can't be looked up"},
		{fmt.Errorf("nats://me:canary@h: %w", operation), "dial tcp: connection refused"},
		{errors.New("nats: Authorization Violation"), "nats: Authorization Violation"},
	} {
		if got := explain(c.cause); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestConnectionOptions: connecting is retried for ever, a server that hangs is abandoned soon, and
// the reason for being disconnected is reported.
func TestConnectionOptions(t *testing.T) {
	applied := func(c *connection, s Servers) (o nats.Options) {
		t.Helper()
		o = nats.GetDefaultOptions()
		for _, option := range s.options(c) {
			if err := option(&o); err != nil {
				t.Fatal(err)
			}
		}
		return o
	}
	var c connection
	o := applied(&c, Servers{})
	if o.Name != "uid2rtb" || o.MaxReconnect != -1 || !o.RetryOnFailedConnect || !o.IgnoreAuthErrorAbort || o.ReconnectWait != 250*time.Millisecond ||
		o.PingInterval != time.Second || o.MaxPingsOut != 2 || o.Secure || o.TLSConfig != nil || o.UserJWT != nil || o.TLSCertCB != nil || o.RootCAsCB != nil {
		t.Errorf("%+v", o)
	}
	o.AsyncErrorCB(nil, nil, errDown) // must not be written to standard error
	for _, told := range []func(*nats.Conn, error){o.ReconnectErrCB, o.DisconnectedErrCB} {
		c.cause.Store(nil)
		if told(nil, nil); c.cause.Load() != nil {
			t.Error("no error is a cause")
		}
		if told(nil, errDown); c.cause.Load() == nil || *c.cause.Load() != errDown {
			t.Error("the cause isn't kept")
		}
	}
	l := newJetStream(serversWith(0), StreamConfig{}, nil)
	if err := l.unreachable(); err.Error() != ErrUnreachable.Error() {
		t.Error(err)
	}
	l.conn = &c
	if err := l.unreachable(); !errors.Is(err, ErrUnreachable) || !strings.HasSuffix(err.Error(), ": down") {
		t.Error(err)
	}
	credentials := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(credentials, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if o := applied(&c, Servers{CredentialsFile: credentials}); o.UserJWT == nil || o.RootCAsCB != nil || o.TLSCertCB != nil {
		t.Error("the credentials aren't used")
	}
}
