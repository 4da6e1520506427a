package operator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
)

const (
	apiKey       = "UID2-C-L-999-fCXrMM.fsR3mDqAXELtWWMS+xG1s7RdgRTMqdOH2qaAo="
	clientSecret = "ioG3wKxAokmp+rERx6A4kM/13qhyolUXIu14WN16Spo="
	canary       = "canary-of-the-body"
)

func credentials(tb testing.TB) operator.Credentials {
	tb.Helper()
	creds, err := operator.NewCredentials(apiKey, clientSecret)
	if err != nil {
		tb.Fatal(err)
	}
	return creds
}

// newClient returns a client with short waits.
func newClient(tb testing.TB, url string, opts ...operator.Option) *operator.Client {
	tb.Helper()
	opts = append([]operator.Option{operator.WithBackoff(time.Millisecond, 20*time.Millisecond)}, opts...)
	c, err := operator.New(url, credentials(tb), opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// asked is a request as an operator received it.
type asked struct {
	path    string
	header  http.Header
	timeMs  int64
	nonce   [envelope.NonceSize]byte
	payload []byte
}

// fake is the operator's side of the envelope, and no other part of an operator.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	requests []asked
}

// newFake serves answer, which gets the opened request.
func newFake(tb testing.TB, answer func(w http.ResponseWriter, n int, a asked)) *fake {
	tb.Helper()
	f := new(fake)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := open(r)
		if !ok {
			http.Error(w, "no envelope", http.StatusTeapot)
			return
		}
		f.mu.Lock()
		f.requests = append(f.requests, a)
		n := len(f.requests)
		f.mu.Unlock()
		answer(w, n, a)
	}))
	tb.Cleanup(f.Close)
	return f
}

// serve answers requests, and returns the URL.
func serve(tb testing.TB, answer http.HandlerFunc) (url string) {
	tb.Helper()
	s := httptest.NewServer(answer)
	tb.Cleanup(s.Close)
	return s.URL
}

func open(r *http.Request) (a asked, ok bool) {
	text, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost {
		return a, false
	}
	raw, err := envelope.DecodeBase64(text)
	if err != nil {
		raw = text // a binary body
	}
	a.path, a.header = r.URL.RequestURI(), r.Header
	a.timeMs, a.nonce, a.payload, err = envelope.OpenRequest(secret(), raw)
	return a, err == nil
}

func (f *fake) seen() []asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

func secret() []byte {
	raw, err := envelope.DecodeBase64([]byte(clientSecret))
	if err != nil {
		panic(err)
	}
	return raw
}

// sealed returns a valid answer to a.
func sealed(a asked, payload string) []byte {
	raw, err := envelope.AppendResponse(nil, secret(), a.timeMs+5, a.nonce, []byte(payload))
	if err != nil {
		panic(err)
	}
	return raw
}

// succeed answers as an operator does.
func succeed(w http.ResponseWriter, a asked, payload string) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Write(envelope.AppendBase64(nil, sealed(a, payload)))
}

func refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}
