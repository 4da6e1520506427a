package operator_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// proxy connects to a fixed address, whatever host a request names, by CONNECT or as a plain HTTP
// proxy, and records what it saw.
type proxy struct {
	*httptest.Server
	to      string            // host:port
	refusal int               // status with which the proxy refuses
	direct  http.RoundTripper // for plain requests

	mu   sync.Mutex
	seen []string // method, host and credentials
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	p := &proxy{to: to, direct: &http.Transport{DisableKeepAlives: true}}
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ErrorLog = quiet()
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, strings.TrimSpace(r.Method+" "+r.URL.Host+" "+r.Header.Get("Proxy-Authorization")))
	p.mu.Unlock()
	switch {
	case p.refusal != 0:
		w.WriteHeader(p.refusal)
		io.WriteString(w, canary)
	case r.Method == http.MethodConnect:
		p.tunnel(w)
	default:
		p.pass(w, r)
	}
}

// tunnel copies between two connections until one of them ends.
func (p *proxy) tunnel(w http.ResponseWriter) {
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		server.Close()
		return
	}
	io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		defer client.Close()
		io.Copy(client, server)
	}()
	defer server.Close()
	io.Copy(server, client)
}

// pass forwards a plain request.
func (p *proxy) pass(w http.ResponseWriter, r *http.Request) {
	request := r.Clone(r.Context())
	request.URL = &url.URL{Scheme: "http", Host: p.to, Path: r.URL.Path}
	request.RequestURI = ""
	request.Header.Del("Proxy-Authorization")
	answer, err := p.direct.RoundTrip(request)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

func (p *proxy) saw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.seen, ", ")
}

// secure is like newFake, with TLS; it also returns the file with its certificate.
func secure(t *testing.T) (f *fake, caFile string) {
	t.Helper()
	f = new(fake)
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := open(r)
		if !ok {
			t.Error("no envelope")
		}
		succeed(w, a, "keys")
	}))
	f.Config.ErrorLog = quiet()
	f.StartTLS()
	t.Cleanup(f.Close)
	return f, certificateOf(t, f.Server)
}

func certificateOf(t *testing.T, s *httptest.Server) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// environment clears the environment's proxy settings, except for what a test sets.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		t.Setenv(name, variables[name])
		t.Setenv(strings.ToLower(name), "")
	}
}

// TestProxies: an operator whose name only the proxy knows is reached through it, if the setting or
// the environment requests that.
func TestProxies(t *testing.T) {
	https, caFile := secure(t)
	plain := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	const nowhere = "http://127.0.0.1:1"
	const connected, passed = "CONNECT example.com:443", "POST example.com"
	for name, c := range map[string]struct {
		base    string
		env     map[string]string // PROXY is replaced by the proxy's address
		setting string
		saw     string // for each call; empty if the proxy must not be used
	}{
		"HTTPS_PROXY":            {base: "https://example.com", env: map[string]string{"HTTPS_PROXY": "PROXY", "HTTP_PROXY": nowhere}, saw: connected},
		"HTTPS_PROXY, bare":      {base: "https://example.com", env: map[string]string{"HTTPS_PROXY": "HOST"}, saw: connected},
		"HTTP_PROXY":             {base: "http://example.com", env: map[string]string{"HTTP_PROXY": "PROXY", "HTTPS_PROXY": nowhere}, saw: passed},
		"NO_PROXY":               {base: "http://0.0.0.0:PORT", env: map[string]string{"HTTP_PROXY": "PROXY", "NO_PROXY": ".org,0.0.0.0"}},
		"none":                   {base: "http://0.0.0.0:PORT", env: map[string]string{"HTTP_PROXY": "PROXY"}, setting: operator.NoProxy},
		"setting, https":         {base: "https://example.com", env: map[string]string{"HTTPS_PROXY": nowhere}, setting: "PROXY", saw: connected},
		"setting, http":          {base: "http://example.com", env: map[string]string{"NO_PROXY": "*"}, setting: "PROXY", saw: passed},
		"setting, this machine":  {base: "http://127.0.0.1:1", setting: "PROXY", saw: "POST 127.0.0.1:1"},
		"credentials, https":     {base: "https://example.com", setting: "LOGIN", saw: connected + " Basic dXNlcjpwYXNz"},
		"credentials, http":      {base: "http://example.com", env: map[string]string{"HTTP_PROXY": "LOGIN"}, saw: passed + " Basic dXNlcjpwYXNz"},
		"environment, localhost": {base: "http://127.0.0.1:PORT", env: map[string]string{"HTTP_PROXY": "PROXY"}},
		"another machine":        {base: "http://0.0.0.0:PORT", env: map[string]string{"HTTP_PROXY": "PROXY"}, saw: "POST 0.0.0.0:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProxy(t, plain.Listener.Addr().String())
			if strings.HasPrefix(c.base, "https") {
				p.to = https.Listener.Addr().String()
			}
			p.Start()
			_, port, _ := net.SplitHostPort(p.to)
			fill := strings.NewReplacer("PROXY", p.URL, "HOST", p.Listener.Addr().String(), "LOGIN", strings.Replace(p.URL, "//", "//user:pass@", 1), "PORT", port).Replace
			env := map[string]string{}
			for variable, value := range c.env {
				env[variable] = fill(value)
			}
			environment(t, env)
			client := newClient(t, fill(c.base), operator.WithProxy(fill(c.setting)), operator.WithCAFile(caFile), operator.WithMaxAttempts(1))
			for range 2 {
				if got, err := client.BidstreamKeys(context.Background()); err != nil || string(got) != "keys" {
					t.Errorf("%q, %v", got, err)
				}
			}
			want := fill(c.saw)
			if strings.HasPrefix(want, "POST") { // a tunnel is reused
				want += ", " + want
			}
			if saw := p.saw(); saw != want {
				t.Errorf("the proxy saw %q, want %q", saw, want)
			}
		})
	}
}

// TestProxiesThatRefuse: the status is reported, and none of the proxy's text; the call is retried
// if that may help.
func TestProxiesThatRefuse(t *testing.T) {
	environment(t, nil)
	for _, base := range []string{"https://example.com", "http://example.com"} {
		for status, c := range map[int]struct {
			kind, kindOfPlain error
			attempts          int
		}{
			407: {operator.ErrUnavailable, operator.ErrUnavailable, 1},
			403: {operator.ErrUnavailable, operator.ErrRequest, 1},
			408: {operator.ErrUnavailable, operator.ErrUnavailable, 3},
			429: {operator.ErrUnavailable, operator.ErrThrottled, 3},
			502: {operator.ErrUnavailable, operator.ErrUnavailable, 3},
		} {
			p := newProxy(t, "")
			p.refusal = status
			p.Start()
			address := strings.Replace(p.URL, "//", "//user:"+canary+"@", 1)
			_, err := newClient(t, base, operator.WithProxy(address)).BidstreamKeys(context.Background())
			want := c.kind
			if strings.HasPrefix(base, "http:") {
				want = c.kindOfPlain
			}
			var e *operator.Error
			if !errors.As(err, &e) || e.Kind != want || e.Attempts != c.attempts || !strings.Contains(err.Error(), "HTTP "+strconv.Itoa(status)) {
				t.Errorf("%s, %d: %v after %d attempts", base, status, err, e.Attempts)
			}
			quotes(t, err, p.URL)
		}
	}
}

// TestProxiesThatFail: neither the proxy's address nor the operator's is reported.
func TestProxiesThatFail(t *testing.T) {
	environment(t, nil)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for name, c := range map[string]struct {
		address string
		cause   error
		text    string
	}{
		"nobody listens": {"http://user:" + canary + "@" + gone.Addr().String(), syscall.ECONNREFUSED, "connection refused"},
		"SOCKS, nobody":  {"socks5://user:" + canary + "@" + gone.Addr().String(), syscall.ECONNREFUSED, "connection refused"},
		"closes":         {raw(t, readRequest), nil, ""},
		"no HTTP":        {raw(t, func(c net.Conn) { readRequest(c); io.WriteString(c, canary+"\r\n\r\n") }), nil, ""},
		"no SOCKS":       {strings.Replace(raw(t, func(c net.Conn) { io.WriteString(c, canary) }), "http", "socks5", 1), nil, ""},
		"no TLS":         {strings.Replace(raw(t, func(c net.Conn) { readRequest(c); io.WriteString(c, canary) }), "http", "https", 1), nil, "doesn't speak TLS"},
	} {
		_, err := newClient(t, "https://example.com", operator.WithProxy(c.address), operator.WithTimeout(time.Second)).BidstreamKeys(context.Background())
		if !errors.Is(err, operator.ErrUnavailable) || c.cause != nil && !errors.Is(err, c.cause) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
		quotes(t, err, c.address)
	}
}

// TestProxyWithADialer: a caller's own dialer is used as it is, unless a proxy is set as well.
func TestProxyWithADialer(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	environment(t, map[string]string{"HTTP_PROXY": "http://127.0.0.1:1"})
	for setting, want := range map[string]string{"": "operator.invalid:80", "http://proxy.invalid:3128": "proxy.invalid:3128", operator.NoProxy: "operator.invalid:80"} {
		var dialled string
		dialer := operator.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialled = addr
			return new(net.Dialer).DialContext(ctx, network, f.Listener.Addr().String())
		})
		if _, err := newClient(t, "http://operator.invalid", dialer, operator.WithProxy(setting)).BidstreamKeys(context.Background()); err != nil || dialled != want {
			t.Errorf("%q: dialled %q, %v", setting, dialled, err)
		}
	}
}

// TestSettingsOfTheConnection: settings that can't be used make New fail, without revealing a
// password.
func TestSettingsOfTheConnection(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	environment(t, nil)
	for name, opt := range map[string]operator.Option{
		"proxy without a scheme": operator.WithProxy("user:" + canary + "@proxy:3128"),
		"proxy of another kind":  operator.WithProxy("ftp://user:" + canary + "@proxy"),
		"proxy without a host":   operator.WithProxy("http://user:" + canary + "@:80"),
		"password with a slash":  operator.WithProxy("http://user:12/" + canary + "@proxy:3128"),
		"user with a slash":      operator.WithProxy("http://" + canary + "/x@proxy:3128"),
		"proxy that is no URL":   operator.WithProxy("http://user:" + canary + "@%zz"),
		"no such CA file":        operator.WithCAFile(filepath.Join(t.TempDir(), "missing")),
		"CA file without any":    operator.WithCAFile(none),
	} {
		if _, err := operator.New("https://operator", credentials(t), opt); !errors.Is(err, operator.ErrOption) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, address := range []string{"https://proxy", "socks5://proxy:1080", "socks5h://proxy"} {
		if c, err := operator.New("https://operator", credentials(t), operator.WithProxy(address)); err != nil {
			t.Errorf("%s: %v", address, err)
		} else {
			c.Close()
		}
	}
	environment(t, map[string]string{"HTTPS_PROXY": "ftp://user:" + canary + "@proxy"})
	if _, err := operator.New("https://operator", credentials(t)); !errors.Is(err, operator.ErrOption) || strings.Contains(err.Error(), canary) {
		t.Errorf("environment: %v", err)
	}
}

// TestCAFile: the file's certificates are trusted instead of others, also together with a TLS
// configuration, which is not changed.
func TestCAFile(t *testing.T) {
	f, caFile := secure(t)
	other := x509.NewCertPool()
	configuration := &tls.Config{RootCAs: other, ServerName: "example.com"}
	for name, c := range map[string]struct {
		opts []operator.Option
		ok   bool
	}{
		"alone":             {[]operator.Option{operator.WithCAFile(caFile)}, true},
		"beside":            {[]operator.Option{operator.WithCAFile(caFile), operator.WithTLSConfig(configuration)}, true},
		"beside, no name":   {[]operator.Option{operator.WithCAFile(caFile), operator.WithTLSConfig(&tls.Config{ServerName: "other.invalid"})}, false},
		"without":           {nil, false},
		"another authority": {[]operator.Option{operator.WithTLSConfig(configuration)}, false},
	} {
		_, err := newClient(t, f.URL, c.opts...).BidstreamKeys(context.Background())
		if (err == nil) != c.ok || err != nil && !errors.Is(err, operator.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !configuration.RootCAs.Equal(other) {
		t.Error("the caller's configuration was changed")
	}
}
