package uid2test_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Sentinels, as sent on the wire.
const (
	zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	ones  = "//////////////////////////////////////////8="
)

// receiver is a participant's server. answer returns the status for the nth request, from 0 on.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newReceiver(t *testing.T, answer func(n int, id string) int) *receiver {
	t.Helper()
	r := new(receiver)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		n := len(r.requests)
		r.requests, r.bodies = append(r.requests, req), append(r.bodies, string(body))
		r.mu.Unlock()
		status := answer(n, req.URL.Query().Get("uid2"))
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) webhook() uid2test.Webhook {
	return uid2test.Webhook{
		URL: r.URL + "/Opt-Out?kept=1", Query: []string{"action=dooptout", "uid2=${ADVERTISING_ID}", "timestamp=at ${OPTOUT_EPOCH}"},
		Header: []string{"Authorization: Bearer t0ken", "X-Echo: <${ADVERTISING_ID}>"}, Backoff: time.Millisecond, ResendAfter: 20 * time.Millisecond, Retries: 2,
	}
}

// ids returns the raw UIDs of all requests.
func (r *receiver) ids() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, request := range r.requests {
		ids = append(ids, request.URL.Query().Get("uid2"))
	}
	return ids
}

func wait(t *testing.T, f *uid2test.Feed) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := f.Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

func always(status int) func(int, string) int { return func(int, string) int { return status } }

// TestWebhookOnTheWire checks every detail of an opt-out as the service sends it.
func TestWebhookOnTheWire(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := newReceiver(t, always(204))
		s := start(t)
		webhook := r.webhook()
		webhook.Method = method
		feed := s.AddWebhook(webhook)
		raw := s.RawUID(uid2test.TokenSpec{Email: email})
		s.OptOut(raw, time.UnixMilli(1_700_000_000_999))
		wait(t, feed)
		if got := r.ids(); !slices.Equal(got, []string{zeros, raw.Reveal(), ones}) {
			t.Fatalf("%d requests", len(got))
		}
		request := r.requests[1]
		escaped := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(raw.Reveal())
		want := "/Opt-Out?kept=1&action=dooptout&uid2=" + escaped + "&timestamp=at+1700000000"
		if request.Method != method || request.URL.RequestURI() != want || r.bodies[1] != "" {
			t.Errorf("%s %s, want %s", request.Method, request.URL.RequestURI(), want)
		}
		if request.Header.Get("Authorization") != "Bearer t0ken" || request.Header.Get("X-Echo") != "<"+raw.Reveal()+">" {
			t.Error(request.Header)
		}
		if n, at := feed.LastBatch(); n != 1 || at.IsZero() {
			t.Errorf("last batch: %d opt-outs at %v", n, at)
		}
		if stats := feed.Stats(); stats != (uid2test.FeedStats{Requests: 3, Delivered: 1}) {
			t.Errorf("%+v", stats)
		}
	}
}

// TestWebhookOrder: the entries of a batch are sorted by their bytes, and several opt-outs of one
// user are merged. A version 4 raw UID has lost its environment.
func TestWebhookOrder(t *testing.T) {
	first := make(chan struct{})
	r := newReceiver(t, func(n int, _ string) int {
		if n == 0 {
			<-first // so that all of them are pending when the batch is sent again
			return 400
		}
		return 200
	})
	s := start(t, uid2test.WithEnvironment(codec.EnvironmentProduction), uid2test.WithRawUIDVersion(codec.V4))
	feed := s.AddWebhook(r.webhook())
	var want []string
	for i := range 20 {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}
		s.OptOutUser(spec, time.Unix(1000, 0))
		s.OptOutUser(spec, time.Unix(2000, 0))
		want = append(want, s.RawUID(spec).Canonical().Reveal())
	}
	close(first)
	wait(t, feed)
	got := r.ids()[1:]
	if len(got) != 22 || got[0] != zeros || got[21] != ones || got[1][0] != 'I' {
		t.Fatalf("%d entries", len(got))
	}
	got = got[1:21]
	bytes := func(id string) string {
		uid, err := codec.DecodeRawUID(id)
		if err != nil {
			t.Fatal(err)
		}
		return string(uid.AppendBytes(nil))
	}
	if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(bytes(a), bytes(b)) }) {
		t.Error("not in the order of their bytes")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Error("other opt-outs than there were")
	}
	if at := r.requests[3].URL.Query().Get("timestamp"); at != "at 2000" {
		t.Errorf("announced as of %s", at)
	}
}

// TestWebhookAnswers: which answers are retried, and which end the batch.
func TestWebhookAnswers(t *testing.T) {
	for status, requests := range map[int]int{429: 3, 500: 3, 502: 3, 503: 3, 504: 3, 201: 1, 202: 1, 302: 1, 400: 1, 401: 1, 404: 1, 0: 1} {
		failing := true
		var mu sync.Mutex
		count := 0
		r := newReceiver(t, func(_ int, id string) int {
			mu.Lock()
			defer mu.Unlock()
			if id != zeros && id != ones && failing {
				if count++; count == requests {
					failing = false
				}
				return status
			}
			return 200
		})
		s := start(t)
		feed := s.AddWebhook(r.webhook())
		raw := s.RawUID(uid2test.TokenSpec{Email: email}).Reveal()
		s.OptOutUser(uid2test.TokenSpec{Email: email}, time.Unix(1000, 0))
		wait(t, feed)
		want := slices.Concat([]string{zeros}, slices.Repeat([]string{raw}, requests), []string{zeros, raw, ones})
		if got := r.ids(); !slices.Equal(got, want) {
			t.Errorf("%d: %d requests, want %d", status, len(got), len(want))
		}
		if stats := feed.Stats(); stats.Failures != 1 || stats.Delivered != 1 {
			t.Errorf("%d: %+v", status, stats)
		}
	}
}

// An opt-out during a batch is sent with the next one.
func TestWebhookGoesOn(t *testing.T) {
	r := newReceiver(t, always(200))
	s := start(t)
	feed := s.AddWebhook(r.webhook())
	for i := range 50 {
		s.OptOutUser(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}, time.Now())
	}
	wait(t, feed)
	users := map[string]bool{}
	for _, id := range r.ids() {
		users[id] = true
	}
	if len(users) != 52 {
		t.Errorf("%d different ids", len(users))
	}
}

// Close ends a webhook that keeps failing, and one that waits for an answer.
func TestCloseEndsWebhooks(t *testing.T) {
	stuck := make(chan struct{})
	for _, answer := range []func(int, string) int{always(503), always(404), func(int, string) int { <-stuck; return 200 }} {
		r := newReceiver(t, answer)
		s := uid2test.NewServer()
		webhook := r.webhook()
		webhook.Backoff, webhook.ResendAfter = time.Hour, time.Hour
		feed := s.AddWebhook(webhook)
		s.OptOutUser(uid2test.TokenSpec{Email: email}, time.Now())
		for feed.Stats().Requests == 0 {
			time.Sleep(time.Millisecond)
		}
		s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		if err := feed.Wait(ctx); err == nil {
			t.Error("delivered")
		}
		cancel()
	}
	close(stuck)
}

func TestImpossibleWebhooks(t *testing.T) {
	s := start(t)
	for _, webhook := range []uid2test.Webhook{{}, {URL: "nowhere"}, {URL: "http://127.0.0.1", Method: "PUT"}, {URL: "http://127.0.0.1", Query: []string{"name"}},
		{URL: "http://127.0.0.1", Query: []string{"=value"}}, {URL: "http://127.0.0.1", Header: []string{"Name"}}} {
		mustPanic(t, fmt.Sprintf("%+v", webhook), func() { s.AddWebhook(webhook) })
	}
}
