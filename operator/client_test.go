//go:build go1.25

package operator_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
)

func TestEndpoints(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "answer of "+a.path) })
	c := newClient(t, f.URL)
	for path, call := range map[string]func(context.Context) ([]byte, error){
		"/v2/key/bidstream": c.BidstreamKeys,
		"/v2/key/sharing":   c.SharingKeys,
		"/v2/key/latest":    c.LegacyKeys,
	} {
		got, err := call(t.Context())
		if err != nil || string(got) != "answer of "+path {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	if s := c.Stats(); s.Calls != 3 || s.Attempts != 3 || s.Failures != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// TestEndpointsWithPayload: each has its own path and form.
func TestEndpointsWithPayload(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
		succeed(w, a, a.path+" "+a.header.Get("Content-Type")+" "+string(a.payload))
	})
	c := newClient(t, f.URL)
	const text, binary = "text/plain", "application/octet-stream"
	for want, call := range map[string]func(context.Context, []byte) ([]byte, error){
		"/v2/token/generate " + text:   c.GenerateToken,
		"/v2/token/validate " + text:   c.ValidateToken,
		"/v3/identity/map " + binary:   c.MapIdentities,
		"/v2/identity/map " + text:     c.MapIdentitiesV2,
		"/v2/identity/buckets " + text: c.IdentityBuckets,
	} {
		if got, err := call(t.Context(), []byte("{}")); err != nil || string(got) != want+" {}" {
			t.Errorf("%s: %q %v", want, got, err)
		}
	}
	refresh := make(chan string, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		refresh <- fmt.Sprintf("%s %s %s %d", r.URL.Path, r.Header.Get("Content-Type"), body, r.ContentLength)
		io.WriteString(w, "{}")
	})
	if got, err := newClient(t, url).RefreshToken(t.Context(), "token", nil); err != nil || string(got) != "{}" {
		t.Fatalf("%q %v", got, err)
	}
	if got := <-refresh; got != "/v2/token/refresh text/plain token 5" {
		t.Error(got)
	}
}

func TestRequest(t *testing.T) {
	now := time.UnixMilli(1768478400123)
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "{}") })
	c := newClient(t, f.URL, operator.WithNow(func() time.Time { return now }), operator.WithClientVersion("9.9-test"))
	if _, err := c.BidstreamKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := f.seen()[0]
	for name, want := range map[string]string{
		"Authorization":         "Bearer " + apiKey,
		"X-UID2-Client-Version": "uid2-client-go-9.9-test",
		"Content-Type":          "text/plain",
		"User-Agent":            "",
		"Accept-Encoding":       "",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.timeMs != now.UnixMilli() || len(a.payload) != 0 {
		t.Errorf("time %d, payload %q", a.timeMs, a.payload)
	}
	if offset := c.Stats().ClockOffset; offset != 5*time.Millisecond {
		t.Errorf("clock offset %v", offset)
	}
}

func TestBaseURLPrefix(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, a.path) })
	for suffix, want := range map[string]string{
		"": "/v2/key/latest", "/": "/v2/key/latest", "//": "/v2/key/latest",
		"/uid2": "/uid2/v2/key/latest", "/uid2/": "/uid2/v2/key/latest", "/a%2fb/": "/a%2fb/v2/key/latest",
	} {
		got, err := newClient(t, f.URL+suffix).LegacyKeys(t.Context())
		if err != nil || string(got) != want {
			t.Errorf("%q: %q %v", suffix, got, err)
		}
	}
}

// TestMediaType: only the answer's media type determines whether it is binary or text.
func TestMediaType(t *testing.T) {
	for _, c := range []struct {
		contentType string
		binary, ok  bool
	}{
		{"application/octet-stream", true, true},
		{"Application/Octet-Stream; charset=x", true, true},
		{"application/octet-stream", false, false},
		{"text/plain", false, true},
		{"application/json", false, true},
		{"text/plain", true, false},
	} {
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			w.Header().Set("Content-Type", c.contentType)
			body := sealed(a, "keys")
			if !c.binary {
				body = envelope.AppendBase64(nil, body)
			}
			w.Write(body)
		})
		got, err := newClient(t, f.URL).BidstreamKeys(t.Context())
		if c.ok && (err != nil || string(got) != "keys") || !c.ok && !errors.Is(err, operator.ErrResponse) {
			t.Errorf("%+v: %q %v", c, got, err)
		}
	}
}

// TestRetry: each attempt has its own time, nonce and IV, and the first success ends the call.
func TestRetry(t *testing.T) {
	var clock atomic.Int64
	now := func() time.Time { return time.UnixMilli(clock.Add(1000)) }
	for _, status := range []int{429, 500, 502, 503, 504} {
		f := newFake(t, func(w http.ResponseWriter, n int, a asked) {
			if n < 3 {
				refuse(w, status, `{"status":"unknown"}`)
				return
			}
			succeed(w, a, "keys")
		})
		c := newClient(t, f.URL, operator.WithNow(now))
		got, err := c.BidstreamKeys(t.Context())
		if err != nil || string(got) != "keys" {
			t.Fatalf("%d: %q %v", status, got, err)
		}
		seen := f.seen()
		if len(seen) != 3 || seen[0].nonce == seen[1].nonce || seen[1].nonce == seen[2].nonce || seen[0].nonce == seen[2].nonce {
			t.Errorf("%d: %d attempts, or a nonce twice", status, len(seen))
		}
		if seen[0].timeMs >= seen[1].timeMs || seen[1].timeMs >= seen[2].timeMs {
			t.Errorf("%d: a retry has the time of another attempt", status)
		}
		if s := c.Stats(); s.Calls != 1 || s.Attempts != 3 || s.Failures != 0 {
			t.Errorf("stats: %+v", s)
		}
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { refuse(w, 503, "") })
		c := newClient(t, f.URL, operator.WithMaxAttempts(n))
		_, err := c.BidstreamKeys(t.Context())
		var e *operator.Error
		if !errors.As(err, &e) || e.Attempts != n || len(f.seen()) != n || e.HTTPStatus != 503 || !errors.Is(err, operator.ErrUnavailable) {
			t.Errorf("%d: %v after %d", n, err, len(f.seen()))
		}
		if s := c.Stats(); s.Failures != 1 {
			t.Errorf("stats: %+v", s)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, header string
		attempts     int
		want         time.Duration
	}{
		{"none", "", 3, 0},
		{"garbage", "soon", 3, 0},
		{"negative", "-5", 3, 0},
		{"at once", "0", 3, 0},
		{"date past", at.Add(-time.Hour).Format(http.TimeFormat), 3, 0},
		{"too long to wait for", "60", 1, time.Minute},
		{"date too far", at.Add(time.Hour).Format(http.TimeFormat), 1, time.Hour},
	} {
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			w.Header().Set("Retry-After", c.header)
			refuse(w, 429, "")
		})
		_, err := newClient(t, f.URL, operator.WithNow(func() time.Time { return at })).BidstreamKeys(t.Context())
		var e *operator.Error
		if !errors.As(err, &e) || !errors.Is(err, operator.ErrThrottled) || e.RetryAfter != c.want || e.Attempts != c.attempts {
			t.Errorf("%s: %v, attempts %d, retry after %v", c.name, err, e.Attempts, e.RetryAfter)
		}
	}
}

// TestRetryAfterIsWaitedFor lets the wait end the call, which shows that it was the operator's wait
// and not ours.
func TestRetryAfterIsWaitedFor(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
		w.Header().Set("Retry-After", "3600")
		refuse(w, 503, "")
	})
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, f.URL, operator.WithBackoff(time.Millisecond, 2*time.Hour))
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := c.BidstreamKeys(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, operator.ErrUnavailable) || len(f.seen()) != 1 {
		t.Errorf("%v after %d attempts", err, len(f.seen()))
	}
}

func TestNoWaitBeyondTheDeadline(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { refuse(w, 503, "") })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	_, err := newClient(t, f.URL, operator.WithBackoff(time.Hour, time.Hour)).BidstreamKeys(ctx)
	if !errors.Is(err, operator.ErrUnavailable) || len(f.seen()) != 1 {
		t.Errorf("%v after %d attempts", err, len(f.seen()))
	}
}

func TestTLS(t *testing.T) {
	f := new(fake)
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _ := open(r)
		succeed(w, a, "keys")
	}))
	f.Server.Config.ErrorLog = quiet()
	f.StartTLS()
	defer f.Close()

	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	c := newClient(t, f.URL, operator.WithTLSConfig(&tls.Config{RootCAs: pool}))
	if got, err := c.BidstreamKeys(t.Context()); err != nil || string(got) != "keys" {
		t.Errorf("trusted: %q %v", got, err)
	}

	var e *operator.Error
	_, err := newClient(t, f.URL).BidstreamKeys(t.Context())
	var unknown x509.UnknownAuthorityError
	if !errors.Is(err, operator.ErrUnavailable) || !errors.As(err, &unknown) || !errors.As(err, &e) || e.Attempts != 1 {
		t.Errorf("unknown authority: %v", err)
	}
	later := operator.WithTLSConfig(&tls.Config{RootCAs: pool, Time: func() time.Time { return time.Unix(1<<40, 0) }})
	_, err = newClient(t, f.URL, later).BidstreamKeys(t.Context())
	if !errors.Is(err, operator.ErrUnavailable) || !strings.Contains(err.Error(), "not valid at this time") || !errors.As(err, &e) || e.Attempts != 1 {
		t.Errorf("expired: %v", err)
	}

	plain := newFake(t, nil)
	_, err = newClient(t, strings.Replace(plain.URL, "http:", "https:", 1)).BidstreamKeys(t.Context())
	if !errors.Is(err, operator.ErrUnavailable) || !errors.As(err, &e) || e.Attempts != 1 {
		t.Errorf("https to a plain server: %v", err)
	}
}

func TestDialer(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	var dialled atomic.Value
	c := newClient(t, "http://operator.invalid:8080", operator.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled.Store(network + " " + addr)
		return new(net.Dialer).DialContext(ctx, network, f.Listener.Addr().String())
	}))
	if got, err := c.BidstreamKeys(t.Context()); err != nil || string(got) != "keys" {
		t.Errorf("%q %v", got, err)
	}
	if got := dialled.Load(); got != "tcp operator.invalid:8080" {
		t.Errorf("dialled %v", got)
	}
}

func TestConnectionIsReused(t *testing.T) {
	var dials atomic.Int64
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	c := newClient(t, f.URL, operator.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}))
	for range 3 {
		if _, err := c.BidstreamKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if dials.Load() != 1 {
		t.Errorf("%d connections", dials.Load())
	}
}

func TestConcurrentCalls(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, n int, a asked) {
		if n%5 == 0 {
			refuse(w, 503, "")
			return
		}
		succeed(w, a, string(a.nonce[:]))
	})
	c := newClient(t, f.URL, operator.WithMaxAttempts(10))
	var wg sync.WaitGroup
	var answers sync.Map
	for range 8 {
		wg.Go(func() {
			for range 20 {
				got, err := c.BidstreamKeys(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := answers.LoadOrStore(string(got), true); twice {
					t.Error("two calls got one answer")
				}
			}
		})
	}
	wg.Wait()
}

func TestBigAnswer(t *testing.T) {
	big := strings.Repeat("keys", 500_000)
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, big) })
	got, err := newClient(t, f.URL).BidstreamKeys(t.Context())
	if err != nil || !bytes.Equal(got, []byte(big)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestNew(t *testing.T) {
	creds := credentials(t)
	for _, url := range []string{
		"", "operator", "//operator", "ftp://operator", "http://", "http:///path", "http://:80", "https://user@operator",
		"https://user:secretword@operator", "https://operator?secretword", "https://operator?", "https://operator#secretword",
		"https://operator#", "https://operator:secretword", "https://oper ator", "http://%zz", "\x00secretword",
	} {
		if _, err := operator.New(url, creds); !errors.Is(err, operator.ErrOption) || strings.Contains(err.Error(), "secretword") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"http://operator", "https://operator:8443/x/", "https://[::1]:80", "HTTPS://Operator"} {
		if c, err := operator.New(url, creds); err != nil {
			t.Errorf("%q: %v", url, err)
		} else {
			c.Close()
		}
	}
	for name, opt := range map[string]operator.Option{
		"timeout":           operator.WithTimeout(0),
		"attempts":          operator.WithMaxAttempts(0),
		"bound":             operator.WithMaxResponseBytes(1023),
		"backoff zero":      operator.WithBackoff(0, time.Second),
		"backoff swapped":   operator.WithBackoff(2*time.Second, time.Second),
		"version empty":     operator.WithClientVersion(""),
		"version with line": operator.WithClientVersion("1\r\nX: y"),
		"dialer":            operator.WithDialer(nil),
		"clock":             operator.WithNow(nil),
	} {
		if _, err := operator.New("http://operator", creds, opt); !errors.Is(err, operator.ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := operator.New("http://operator", operator.Credentials{}); !errors.Is(err, operator.ErrCredentials) {
		t.Errorf("no credentials: %v", err)
	}
	if _, err := operator.New("http://operator", creds, operator.WithTLSConfig(nil)); err != nil {
		t.Errorf("nil TLS config: %v", err)
	}
}

// TestOptionsAtTheirEdges: the smallest values that are accepted.
func TestOptionsAtTheirEdges(t *testing.T) {
	for name, opt := range map[string]operator.Option{
		"timeout":  operator.WithTimeout(1),
		"attempts": operator.WithMaxAttempts(1),
		"bound":    operator.WithMaxResponseBytes(1024),
		"backoff":  operator.WithBackoff(1, 1),
	} {
		if c, err := operator.New("http://operator", credentials(t), opt); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			c.Close()
		}
	}
	for b := range 256 {
		char := byte(b)
		letter := 'a' <= char && char <= 'z' || 'A' <= char && char <= 'Z' || '0' <= char && char <= '9'
		_, err := operator.New("http://operator", credentials(t), operator.WithClientVersion("1"+string(rune(b))))
		if want := letter || strings.ContainsRune(".-_+", rune(b)); want != (err == nil) {
			t.Errorf("version with %q: %v", rune(b), err)
		}
		_, err = operator.NewCredentials("key"+string(rune(b)), clientSecret)
		if want := b > ' ' && b <= '~'; want != (err == nil) {
			t.Errorf("API key with %q: %v", rune(b), err)
		}
	}
}

// TestErrorTexts: an error's text consists of the fields that are set.
func TestErrorTexts(t *testing.T) {
	cause := errors.New("cause")
	for want, e := range map[string]*operator.Error{
		"operator: throttled":                         {Kind: operator.ErrThrottled},
		"operator: throttled (HTTP 429)":              {Kind: operator.ErrThrottled, HTTPStatus: 429},
		"operator: throttled (HTTP 429, x)":           {Kind: operator.ErrThrottled, HTTPStatus: 429, Status: "x"},
		"operator: throttled (HTTP 429, Mes.sage)":    {Kind: operator.ErrThrottled, HTTPStatus: 429, Message: "Mes.sage.:"},
		"operator: throttled (HTTP 429, x, y): cause": {Kind: operator.ErrThrottled, HTTPStatus: 429, Status: "x", Message: "y", Err: cause},
		"operator: throttled: cause":                  {Kind: operator.ErrThrottled, Err: cause},
		"operator: cause":                             {Err: cause},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e, want)
		}
		if errors.Is(e, cause) != (e.Err != nil) || errors.Is(e, operator.ErrThrottled) != (e.Kind != nil) || len(e.Unwrap()) != strings.Count(want, "cause")+strings.Count(want, "throttled") {
			t.Errorf("%q wraps %v", e, e.Unwrap())
		}
	}
}

func TestKindsAreDistinct(t *testing.T) {
	kinds := []error{
		operator.ErrUnauthorized, operator.ErrClientSecret, operator.ErrClockSkew, operator.ErrThrottled,
		operator.ErrUnavailable, operator.ErrRequest, operator.ErrResponse, operator.ErrClosed,
		operator.ErrRefreshToken, operator.ErrResponseKey, operator.ErrConsent, operator.ErrCredentials, operator.ErrOption,
	}
	for i, a := range kinds {
		for _, b := range kinds[i+1:] {
			if errors.Is(a, b) || errors.Is(b, a) || a.Error() == b.Error() {
				t.Errorf("%v and %v", a, b)
			}
		}
	}
	if slices.Contains(kinds, nil) {
		t.Error("a nil kind")
	}
}

// TestTLSOfOthers: a TLS configuration that was made for another transport, and may offer HTTP/2,
// works.
func TestTLSOfOthers(t *testing.T) {
	f := new(fake)
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _ := open(r)
		succeed(w, a, "keys")
	}))
	f.EnableHTTP2 = true
	f.Server.Config.ErrorLog = quiet()
	f.StartTLS()
	defer f.Close()
	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	others := &tls.Config{RootCAs: pool, NextProtos: []string{"h2", "http/1.1"}}
	if _, err := newClient(t, f.URL, operator.WithTLSConfig(others)).BidstreamKeys(t.Context()); err != nil {
		t.Error(err)
	}
	if len(others.NextProtos) != 2 {
		t.Error("the caller's configuration was changed")
	}
}
