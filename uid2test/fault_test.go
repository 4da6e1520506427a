package uid2test_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// exchange posts a good request and returns the answer as received, with its nonce.
func exchange(t *testing.T, s *uid2test.Server, path string) (*reply, [8]byte, error) {
	t.Helper()
	nonce := envelope.NewNonce()
	body := envelope.AppendBase64(nil, seal(t, s.Client(), time.Now(), nonce))
	got, err := send(s.URL+path, "Bearer "+s.Client().APIKey, "text/plain", body)
	return got, nonce, err
}

func TestStatusFaults(t *testing.T) {
	s := start(t)
	for _, test := range []struct {
		fault uid2test.Fault
		body  string
	}{
		{uid2test.Fault{Status: 400}, `{"status":"client_error","message":"Invalid body: Check encryption key (ClientSecret)."}`},
		{uid2test.Fault{Status: 401}, `{"status":"unauthorized"}`},
		{uid2test.Fault{Status: 429}, "Too Many Requests"},
		{uid2test.Fault{Status: 500}, `{"status":"unknown","message":"Unknown error"}`},
		{uid2test.Fault{Status: 503}, "Service Unavailable"},
		{uid2test.Fault{Status: 403, Body: []byte(`{"status":"invalid_http_origin"}`)}, `{"status":"invalid_http_origin"}`},
		{uid2test.Fault{Status: 200, Body: []byte("in the clear")}, "in the clear"},
		{uid2test.Fault{Status: 502, Body: []byte{}}, ""},
		{uid2test.Fault{Status: 503, Truncate: true}, "Service U"},
	} {
		s.Fail(test.fault)
		got, _, err := exchange(t, s, uid2test.PathBidstream)
		if err != nil || got.status != test.fault.Status || string(got.body) != test.body {
			t.Errorf("%+v: got %+v, %v", test.fault, got, err)
		}
		s.Heal()
		mustFetch(t, s, s.Client(), uid2test.PathBidstream)
	}
	mustPanic(t, "informational status", func() { s.Fail(uid2test.Fault{Status: 100}) })
	mustPanic(t, "negative times", func() { s.Fail(uid2test.Fault{Times: -1}) })
}

func TestHeaderFaults(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Status: 307, Header: http.Header{"location": {"/elsewhere"}, "Content-Type": {"text/html"}}, Times: 1})
	got, _, err := exchange(t, s, uid2test.PathBidstream)
	if err != nil || got.header.Get("Location") != "/elsewhere" || got.header.Get("Content-Type") != "text/html" {
		t.Errorf("got %+v, %v", got, err)
	}
	if s.Requests("/elsewhere") != 0 {
		t.Error("the test followed the redirect")
	}
}

func TestFaultsOfGoodAnswers(t *testing.T) {
	s := start(t)
	open := func(fault uid2test.Fault) ([]byte, error) {
		s.Heal()
		s.Fail(fault)
		return fetch(s, s.Client(), uid2test.PathSharing)
	}
	for _, test := range []struct {
		fault uid2test.Fault
		want  error
	}{
		{uid2test.Fault{}, nil},
		{uid2test.Fault{WrongNonce: true}, envelope.ErrNonce},
		{uid2test.Fault{WrongSecret: true}, envelope.ErrDecrypt},
		{uid2test.Fault{Garbage: true}, envelope.ErrBase64},
	} {
		if _, err := open(test.fault); !errors.Is(err, test.want) {
			t.Errorf("%+v: got %v", test.fault, err)
		}
	}
	if _, err := open(uid2test.Fault{Truncate: true}); !errors.Is(err, envelope.ErrBase64) && !errors.Is(err, envelope.ErrDecrypt) {
		t.Errorf("truncated: got %v", err)
	}
	for _, body := range []string{`{"status":"error"}`, ""} {
		if got, err := open(uid2test.Fault{Body: []byte(body)}); err != nil || string(got) != body {
			t.Errorf("Body %q: got %q, %v", body, got, err)
		}
	}
	if got, err := open(uid2test.Fault{}); err != nil || !bytes.Equal(got, s.KeyAnswer(s.Client(), uid2test.PathSharing)) {
		t.Errorf("an empty fault changed the answer, or %v", err)
	}
}

// TestFaultsLeaveRefusalsAlone: a refused caller can't tell that the envelope would have been
// wrong.
func TestFaultsLeaveRefusalsAlone(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{WrongNonce: true})
	got, err := send(s.URL+uid2test.PathBidstream, "", "text/plain", nil)
	refused(t, "no key", got, err, http.StatusUnauthorized, "unauthorized", "")
}

func TestTimesPathAndOrder(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Path: uid2test.PathSharing, Status: 500, Times: 1})
	s.Fail(uid2test.Fault{Status: 501, Times: 2})
	s.Fail(uid2test.Fault{Path: uid2test.PathLatest, Status: 502})
	for i, test := range []struct {
		path string
		want int
	}{
		{uid2test.PathBidstream, 501},
		{uid2test.PathSharing, 500},
		{uid2test.PathSharing, 501},
		{uid2test.PathSharing, 200},
		{uid2test.PathLatest, 502},
		{uid2test.PathBidstream, 200},
		{uid2test.PathLatest, 502},
	} {
		got, _, err := exchange(t, s, test.path)
		if err != nil || got.status != test.want {
			t.Errorf("%d, %s: got %+v, %v, want %d", i, test.path, got, err, test.want)
		}
	}
	s.Heal()
	mustFetch(t, s, s.Client(), uid2test.PathLatest)
	if got := s.Requests(uid2test.PathLatest); got != 3 {
		t.Errorf("counted %d requests, want 3 with those that failed", got)
	}
}

// TestRequestsThatAreNoEndpointsUseUpNoFault also covers other methods.
func TestRequestsThatAreNoEndpointsUseUpNoFault(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Status: 503, Times: 1})
	if response, err := http.Get(s.URL + uid2test.PathBidstream); err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("got %+v, %v", response, err)
	}
	if got, _, err := exchange(t, s, uid2test.PathBidstream); err != nil || got.status != 503 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDrop(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Drop: true})
	if got, _, err := exchange(t, s, uid2test.PathBidstream); err == nil {
		t.Errorf("got %+v", got)
	}
	if s.Requests(uid2test.PathBidstream) == 0 {
		t.Error("the request didn't arrive")
	}
}

func TestDelayEndsByItself(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Delay: time.Millisecond, Times: 1})
	mustFetch(t, s, s.Client(), uid2test.PathBidstream)
}

// waitFor waits until a request to path has been received.
func waitFor(t *testing.T, s *uid2test.Server, path string) {
	t.Helper()
	for s.Requests(path) == 0 {
		time.Sleep(time.Millisecond)
	}
}

// TestDelayEndsWithClose would take an hour otherwise.
func TestDelayEndsWithClose(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Delay: time.Hour})
	failed := make(chan error)
	go func() {
		_, err := fetch(s, s.Client(), uid2test.PathBidstream)
		failed <- err
	}()
	waitFor(t, s, uid2test.PathBidstream)
	s.Close()
	if <-failed == nil {
		t.Error("the delayed answer came")
	}
}

func TestDelayEndsWithTheClient(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Delay: time.Hour, Times: 1})
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+uid2test.PathBidstream, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := http.DefaultTransport.RoundTrip(request)
		failed <- err
	}()
	for !waiting() {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for waiting() { // for the server to notice
		time.Sleep(time.Millisecond)
	}
}

// waiting reports whether a goroutine is in a delay, which the server itself doesn't show.
func waiting() bool {
	var stacks bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	return strings.Contains(stacks.String(), "uid2test.(*Server).wait")
}

func TestFaultsOfSeveralClientsAtOnce(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Status: 503, Times: 20})
	failures := make(chan int)
	for range 8 {
		go func() {
			var failed int
			for range 10 {
				if _, err := fetch(s, s.Client(), uid2test.PathBidstream); err != nil {
					failed++
				}
			}
			failures <- failed
		}()
	}
	var failed int
	for range 8 {
		failed += <-failures
	}
	if failed != 20 {
		t.Errorf("%d requests failed, want 20", failed)
	}
}
