package operator_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
)

func newRequest(t *testing.T) *operator.Request {
	t.Helper()
	r, err := operator.NewRequest(credentials(t), operator.Text, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOperatorsMessages has every message that operators are known to send with HTTP 400: which
// part of it is passed on, and what it means for a request in an envelope. For a refresh, it means
// that the token is of no more use.
func TestOperatorsMessages(t *testing.T) {
	for _, c := range []struct {
		text, told string
		kind       error
	}{
		{"Invalid timestamp: Request too old or client time drift.", "Invalid timestamp:", operator.ErrClockSkew},
		{"Invalid body: Check encryption key (ClientSecret). See https://x", "Invalid body: Check encryption key (ClientSecret).", operator.ErrClientSecret},
		{"User consent is invalid", "User consent is invalid", operator.ErrConsent},
		{"Invalid body: Body is missing.", "Invalid body: Body is missing.", operator.ErrRequest},
		{"Invalid body: Body is not valid base64.", "Invalid body: Body is not valid base64.", operator.ErrRequest},
		{"Invalid body: Body too short. Check length.", "Invalid body: Body too short.", operator.ErrRequest},
		{"Invalid body: Invalid request envelope format version 7", "Invalid body: Invalid request envelope format version", operator.ErrRequest},
		{"Invalid payload in body: Data is not valid json string.", "Invalid payload in body: Data is not valid json string.", operator.ErrRequest},
		{"Invalid body: The request body is unencrypted JSON. x", "Invalid body: The request body is unencrypted JSON.", operator.ErrRequest},
		{"Invalid key: Generator of this token (Key ID: 7) does not exist.", "Invalid key: Generator of this token", operator.ErrRequest},
		{"Invalid data: Check encryption method and encryption key.", "Invalid data: Check encryption method and encryption key.", operator.ErrRequest},
		{"Required Parameter Missing", "Required Parameter Missing", operator.ErrRequest},
		{"Required Parameter Missing: exactly one of [email, phone] must be specified", "exactly one of", operator.ErrRequest},
		{"Invalid token", "Invalid token", operator.ErrRequest},
		{"Unauthorised to validate token", "Unauthorised to validate token", operator.ErrRequest},
		{"Incorrect request format", "Incorrect request format", operator.ErrRequest},
		{"missing parameter since_timestamp", "missing parameter since_timestamp", operator.ErrRequest},
		{"invalid date, must conform to ISO 8601", "invalid date, must conform to ISO 8601", operator.ErrRequest},
		{"Invalid request body", "Invalid request body", operator.ErrRequest},
		{"Request payload is too large", "Request payload is too large", operator.ErrRequest},
		// those that could hold anything
		{canary, "", operator.ErrRequest},
		{"", "", operator.ErrRequest},
		{"exactly one of us", "", operator.ErrRequest},
		{"See: Invalid timestamp:", "", operator.ErrRequest},
		{"invalid timestamp:", "", operator.ErrRequest},
	} {
		body := []byte(`{"status":"client_error","message":"` + c.text + `"}`)
		err := newRequest(t).AnswerError(400, "", body, time.Now())
		var e *operator.Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Message != c.told || e.Status != "client_error" || e.HTTPStatus != 400 {
			t.Errorf("%q: %v, message %q", c.text, err, e.Message)
		}
		if told := strings.TrimRight(c.told, ".:"); !strings.Contains(err.Error(), told) || strings.Contains(err.Error(), canary) {
			t.Errorf("%q reads %s", c.text, err)
		}
		err = operator.NewRefresh("token", nil).AnswerError(400, "", body, time.Now())
		if !errors.As(err, &e) || e.Kind != operator.ErrRefreshToken || e.Message != c.told {
			t.Errorf("%q of a refresh: %v", c.text, err)
		}
	}
}

// TestRefusedRefreshes: the status words of a refused refresh are about the refresh token only for
// refreshes, and only with HTTP 400.
func TestRefusedRefreshes(t *testing.T) {
	now := time.Now()
	for _, status := range []string{"client_error", "invalid_token", "expired_token", "error"} {
		body := []byte(`{"status":"` + status + `","message":"` + canary + `"}`)
		err := operator.NewRefresh("token", nil).AnswerError(400, "", body, now)
		var e *operator.Error
		if !errors.Is(err, operator.ErrRefreshToken) || !errors.As(err, &e) || e.Status != status || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", status, err)
		}
		if err := newRequest(t).AnswerError(400, "", body, now); !errors.Is(err, operator.ErrRequest) {
			t.Errorf("%s of another request: %v", status, err)
		}
		for code, want := range map[int]error{401: operator.ErrUnauthorized, 404: operator.ErrRequest, 429: operator.ErrThrottled, 500: operator.ErrUnavailable} {
			if err := operator.NewRefresh("token", nil).AnswerError(code, "", body, now); !errors.Is(err, want) {
				t.Errorf("%s with %d: %v", status, code, err)
			}
		}
	}
	for _, body := range []string{`{"status":"unknown"}`, `{}`, `<html>`} {
		if err := operator.NewRefresh("token", nil).AnswerError(400, "", []byte(body), now); !errors.Is(err, operator.ErrRequest) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestStatuses checks what each HTTP status means on its own, at the boundaries between meanings.
func TestStatuses(t *testing.T) {
	for status, want := range map[int]error{
		199: operator.ErrResponse, 201: operator.ErrResponse, 299: operator.ErrResponse, 300: operator.ErrResponse, 399: operator.ErrResponse,
		400: operator.ErrRequest, 401: operator.ErrUnauthorized, 402: operator.ErrRequest, 403: operator.ErrRequest, 407: operator.ErrUnavailable,
		408: operator.ErrUnavailable, 409: operator.ErrRequest, 413: operator.ErrRequest, 424: operator.ErrRequest, 425: operator.ErrUnavailable,
		426: operator.ErrRequest, 429: operator.ErrThrottled, 499: operator.ErrRequest, 500: operator.ErrUnavailable, 599: operator.ErrUnavailable, 600: operator.ErrResponse,
	} {
		err := newRequest(t).AnswerError(status, "7", nil, time.Now())
		var e *operator.Error
		if !errors.As(err, &e) || e.Kind != want {
			t.Errorf("%d: %v", status, err)
			continue
		}
		if waits := status == 408 || status == 425 || status == 429 || status >= 500 && status < 600; waits != (e.RetryAfter == 7*time.Second) {
			t.Errorf("%d: retry after %v", status, e.RetryAfter)
		}
		if redirect := status >= 300 && status <= 399; redirect != strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestErrorBodies: a body is read up to a limit, and its status is passed on if it is a plain word.
func TestErrorBodies(t *testing.T) {
	const bound = 64 << 10
	long := func(n int) string {
		return `{"status":"error","x":"` + strings.Repeat("x", n-len(`{"status":"error","x":""}`)) + `"}`
	}
	word := strings.Repeat("a", 40)
	for body, want := range map[string]string{
		long(bound): "error", long(bound + 1): "", `{"status":"` + word + `"}`: word, `{"status":"` + word + `a"}`: "",
		`{"status":"a_z"}`: "a_z", `{"status":"A"}`: "", `{"status":"a1"}`: "", `{"status":7}`: "", `{"status":"x"`: "",
	} {
		var e *operator.Error
		if err := newRequest(t).AnswerError(400, "", []byte(body), time.Now()); !errors.As(err, &e) || e.Status != want {
			t.Errorf("%.50s: status %q", body, e.Status)
		}
	}
}

// TestLineBreaks: gateways put line breaks after a text, where they do no harm; within it they are
// an error.
func TestLineBreaks(t *testing.T) {
	v := fixtures.Publisher().RefreshOptOut
	text := string(envelope.AppendBase64(nil, v.Body))
	bare := strings.TrimRight(text, "=")
	padding := text[len(bare):]
	if padding == "" {
		t.Fatal("a text with padding is wanted")
	}
	for written, taken := range map[string]bool{
		text: true, text + "\n": true, text + "\r\n": true, text + "\n\n": true, bare + "\n" + padding: true, bare + "\r\n" + padding + "\r\n": true,
		bare: false, bare + "\n": false, text + "=": false, text + "\n=": false, text[:40] + "\n" + text[40:]: false, "\n" + text: false, text + " ": false, text + "\n ": false,
	} {
		body := []byte(written)
		answer, err := operator.NewRefresh("", v.Key).Open(body, "text/plain")
		if taken && (err != nil || string(answer) != v.Payload) || !taken && !errors.Is(err, operator.ErrResponse) {
			t.Errorf("%q: %v", written[len(written)-10:], err)
		}
		if string(body) != written {
			t.Errorf("the caller's body was changed: %q", body)
		}
	}
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys"); w.Write([]byte("\r\n")) })
	if got, err := newClient(t, f.URL).BidstreamKeys(context.Background()); err != nil || string(got) != "keys" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestGarbledAnswers: the failed check is named, and the client secret is never blamed.
func TestGarbledAnswers(t *testing.T) {
	for says, garble := range map[string]func(a asked, sealed []byte) []byte{
		"isn't base64":            func(_ asked, sealed []byte) []byte { return sealed },
		"too short":               func(_ asked, sealed []byte) []byte { return envelope.AppendBase64(nil, sealed[:43]) },
		"doesn't open":            func(_ asked, sealed []byte) []byte { sealed[20] ^= 1; return envelope.AppendBase64(nil, sealed) },
		"answers another request": func(a asked, _ []byte) []byte { a.nonce[0]++; return envelope.AppendBase64(nil, sealed(a, "keys")) },
	} {
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			w.Header().Set("Content-Type", "text/plain")
			w.Write(garble(a, sealed(a, "keys")))
		})
		_, err := newClient(t, f.URL).BidstreamKeys(context.Background())
		var e *operator.Error
		if !errors.As(err, &e) || e.Kind != operator.ErrResponse || e.HTTPStatus != 200 || !strings.Contains(err.Error(), says) || len(f.seen()) != 1 {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// TestWithoutCredentials: refreshing works, and sends no Authorization; nothing else works.
func TestWithoutCredentials(t *testing.T) {
	v := fixtures.Publisher().RefreshOptOut
	header := make(chan http.Header, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header <- r.Header
		w.Write(envelope.AppendBase64(nil, v.Body))
	})
	c, err := operator.NewWithoutCredentials(url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if answer, err := c.RefreshToken(context.Background(), "token", v.Key); err != nil || string(answer) != v.Payload {
		t.Fatalf("%s, %v", answer, err)
	}
	if offset := c.Stats().ClockOffset; offset != 0 { // the answer to a refresh has no time
		t.Errorf("clock offset %v", offset)
	}
	if h := <-header; h["Authorization"] != nil || h["User-Agent"] != nil {
		t.Errorf("%v", h)
	}
	if _, err := c.BidstreamKeys(context.Background()); !errors.Is(err, operator.ErrCredentials) {
		t.Error(err)
	}
	if _, err := c.GenerateToken(context.Background(), nil); !errors.Is(err, operator.ErrCredentials) || c.Stats().Calls != 1 {
		t.Error(err, c.Stats())
	}
	if _, err := operator.NewWithoutCredentials("canary"); !errors.Is(err, operator.ErrOption) {
		t.Error(err)
	}
}

// TestBodyBounds: a body of the maximum size is accepted, and one byte more isn't, whether
// announced or not.
func TestBodyBounds(t *testing.T) {
	const bound = 2000
	for _, announced := range []bool{true, false} {
		for size, taken := range map[int]bool{bound: true, bound + 4: false} { // base64 is longer by 4 at a time
			f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
				text := envelope.AppendBase64(nil, sealed(a, strings.Repeat("x", size/4*3-envelope.ResponseOverhead)))
				if len(text) != size {
					t.Errorf("a body of %d bytes, want %d", len(text), size)
				}
				if !announced {
					w.(http.Flusher).Flush()
				}
				w.Write(text)
			})
			_, err := newClient(t, f.URL, operator.WithMaxResponseBytes(bound)).BidstreamKeys(context.Background())
			if taken != (err == nil) || err != nil && !strings.Contains(err.Error(), "larger than the client's limit") {
				t.Errorf("%d bytes, announced %v: %v", size, announced, err)
			}
		}
		// one more line break is one more byte
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			text := append(envelope.AppendBase64(nil, sealed(a, strings.Repeat("x", bound/4*3-envelope.ResponseOverhead))), '\n')
			if !announced {
				w.(http.Flusher).Flush()
			}
			w.Write(text)
		})
		if _, err := newClient(t, f.URL, operator.WithMaxResponseBytes(bound)).BidstreamKeys(context.Background()); err == nil || !strings.Contains(err.Error(), "larger than the client's limit") {
			t.Errorf("a byte more, announced %v: %v", announced, err)
		}
	}
}

// TestErrorBodyBound checks the limit for the body of a refusal on the wire.
func TestErrorBodyBound(t *testing.T) {
	const bound = 64 << 10
	text := `{"status":"error","x":"` + strings.Repeat("x", bound-len(`{"status":"error","x":""}`)) + `"}`
	for body, want := range map[string]string{text: "error", text + " ": ""} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) { refuse(w, 400, body) })
		var e *operator.Error
		if _, err := newClient(t, url).BidstreamKeys(context.Background()); !errors.As(err, &e) || e.Kind != operator.ErrRequest || e.Status != want {
			t.Errorf("%d bytes: %v", len(body), err)
		}
	}
}

// TestEndlessAnswers: the connection is abandoned, instead of reading to an end that never comes.
func TestEndlessAnswers(t *testing.T) {
	for _, status := range []int{200, 500} {
		over := make(chan struct{})
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(over)
			w.WriteHeader(status)
			for {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		})
		_, err := newClient(t, url, operator.WithMaxAttempts(1), operator.WithMaxResponseBytes(100_000)).BidstreamKeys(context.Background())
		if err == nil {
			t.Error(err)
		}
		select {
		case <-over:
		case <-time.After(10 * time.Second):
			t.Errorf("%d: the connection is still open", status)
		}
	}
}
