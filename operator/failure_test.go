//go:build go1.26

package operator_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// quotes fails the test if an error reveals a secret, in any way of printing it.
func quotes(t *testing.T, err error, url string) {
	t.Helper()
	var buf bytes.Buffer
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("x", "err", err)
	slog.New(slog.NewTextHandler(&buf, nil)).Info("x", "err", err)
	asJSON, _ := json.Marshal(err)
	text := fmt.Sprintf("%v\n%+v\n%#v\n%q\n%s\n%s", err, err, err, err, buf.String(), asJSON)
	for _, banned := range []string{apiKey, apiKey[9:20], clientSecret[:12], canary, url, "127.0.0.1", "Location", "elsewhere"} {
		if strings.Contains(text, banned) {
			t.Errorf("%q is in the text: %s", banned, text)
		}
	}
}

// TestAnswers distinguishes the failures that an HTTP answer may show.
func TestAnswers(t *testing.T) {
	message := func(text string) string {
		return `{"status":"client_error","message":"` + text + `","` + canary + `":"` + canary + `"}`
	}
	never := []byte("-----------------------------------------------------------------")
	for _, c := range []struct {
		name     string
		answer   func(w http.ResponseWriter, a asked)
		kind     error
		attempts int
		status   string
		message  string
	}{
		{name: "401", kind: operator.ErrUnauthorized, attempts: 1, status: "unauthorized",
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 401, `{"status":"unauthorized"}`) }},
		{name: "401 with a message", kind: operator.ErrUnauthorized, attempts: 1, status: "unauthorized", message: "Invalid link_id",
			answer: func(w http.ResponseWriter, a asked) {
				refuse(w, 401, `{"status":"unauthorized","message":"Invalid link_id `+canary+`"}`)
			}},
		{name: "401 without JSON", kind: operator.ErrUnauthorized, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 401, canary) }},
		{name: "clock", kind: operator.ErrClockSkew, attempts: 1, status: "client_error", message: "Invalid timestamp:",
			answer: func(w http.ResponseWriter, a asked) {
				refuse(w, 400, message("Invalid timestamp: Request too old or client time drift. "+canary))
			}},
		{name: "client secret", kind: operator.ErrClientSecret, attempts: 1, status: "client_error", message: "Invalid body: Check encryption key (ClientSecret).",
			answer: func(w http.ResponseWriter, a asked) {
				refuse(w, 400, message("Invalid body: Check encryption key (ClientSecret). "+canary))
			}},
		{name: "another 400", kind: operator.ErrRequest, attempts: 1, status: "client_error",
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 400, message("Unknown "+canary)) }},
		{name: "bad envelope", kind: operator.ErrRequest, attempts: 1, status: "client_error", message: "Invalid body: Body too short.",
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 400, message("Invalid body: Body too short. x")) }},
		{name: "status that is no word", kind: operator.ErrRequest, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 400, `{"status":"`+canary+`"}`) }},
		{name: "403", kind: operator.ErrRequest, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 403, canary) }},
		{name: "404", kind: operator.ErrRequest, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 404, canary) }},
		{name: "408", kind: operator.ErrUnavailable, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 408, canary) }},
		{name: "425", kind: operator.ErrUnavailable, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 425, canary) }},
		{name: "407", kind: operator.ErrUnavailable, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 407, canary) }},
		{name: "413", kind: operator.ErrRequest, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 413, canary) }},
		{name: "429", kind: operator.ErrThrottled, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 429, canary) }},
		{name: "500", kind: operator.ErrUnavailable, attempts: 2, status: "unknown",
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 500, `{"status":"unknown","message":"`+canary+`"}`) }},
		{name: "503", kind: operator.ErrUnavailable, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 503, canary) }},
		{name: "big error body", kind: operator.ErrUnavailable, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) {
				refuse(w, 500, `{"status":"unknown","x":"`+strings.Repeat("x", 100_000)+`"}`)
			}},
		{name: "204", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { w.WriteHeader(204) }},
		{name: "600", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { w.WriteHeader(600) }},
		{name: "304", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { w.WriteHeader(304) }},
		{name: "empty", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {}},
		{name: "garbage", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { io.WriteString(w, "<html>"+canary) }},
		{name: "plain JSON", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { refuse(w, 200, `{"status":"success"}`) }},
		{name: "line break in the text", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				text := envelope.AppendBase64(nil, sealed(a, canary))
				w.Write(append(text[:40:40], append([]byte("\r\n"), text[40:]...)...))
			}},
		{name: "text cut off", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { w.Write(envelope.AppendBase64(nil, sealed(a, canary))[:41]) }},
		{name: "too short", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { w.Write(envelope.AppendBase64(nil, sealed(a, canary)[:30])) }},
		{name: "answer to another request", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) { a.nonce[7]++; succeed(w, a, canary) }},
		{name: "another secret", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				other := make([]byte, envelope.SecretSize)
				rand.Read(other)
				raw, _ := envelope.AppendResponse(nil, other, a.timeMs, a.nonce, []byte(canary))
				w.Write(envelope.AppendBase64(nil, raw))
			}},
		{name: "envelope cut off", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				raw := sealed(a, strings.Repeat(canary, 10))
				w.Write(envelope.AppendBase64(nil, raw[:90]))
			}},
		{name: "body shorter than announced", kind: operator.ErrResponse, attempts: 2,
			answer: func(w http.ResponseWriter, a asked) {
				w.Header().Set("Content-Length", "5000")
				w.Write(never)
			}},
		{name: "too large, announced", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				w.Header().Set("Content-Length", "900000000")
				w.Write(never)
			}},
		{name: "too large, unannounced", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				for {
					if _, err := w.Write(never); err != nil {
						return
					}
				}
			}},
		{name: "header just too large", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				w.Header().Set("X-Big", strings.Repeat("x", 16<<10-100))
				succeed(w, a, "")
			}},
		{name: "header too large", kind: operator.ErrResponse, attempts: 1,
			answer: func(w http.ResponseWriter, a asked) {
				w.Header().Set("X-Big", strings.Repeat(canary, 2000))
				succeed(w, a, "")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { c.answer(w, a) })
			f.Config.ErrorLog = quiet()
			client := newClient(t, f.URL, operator.WithMaxAttempts(2), operator.WithMaxResponseBytes(200_000))
			answer, err := client.BidstreamKeys(t.Context())
			var e *operator.Error
			if answer != nil || !errors.As(err, &e) {
				t.Fatalf("%q %v", answer, err)
			}
			if e.Kind != c.kind || !errors.Is(err, c.kind) || e.Attempts != c.attempts || e.Status != c.status || e.Message != c.message {
				t.Errorf("%v: kind %v, attempts %d, status %q, message %q", err, e.Kind, e.Attempts, e.Status, e.Message)
			}
			for _, other := range []error{operator.ErrUnauthorized, operator.ErrClientSecret, operator.ErrClockSkew, operator.ErrThrottled, operator.ErrUnavailable, operator.ErrRequest} {
				if other != c.kind && errors.Is(err, other) {
					t.Errorf("%v is also %v", err, other)
				}
			}
			quotes(t, err, f.URL)
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			w.Header().Set("Location", elsewhere.URL+"/elsewhere")
			w.WriteHeader(status)
		})
		_, err := newClient(t, f.URL).BidstreamKeys(t.Context())
		if !errors.Is(err, operator.ErrResponse) || !strings.Contains(err.Error(), "redirect") || len(f.seen()) != 1 {
			t.Errorf("%d: %v", status, err)
		}
		quotes(t, err, f.URL)
	}
	if n := len(elsewhere.seen()); n != 0 {
		t.Errorf("%d requests followed", n)
	}
}

// raw listens and handles each connection with serve.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func readRequest(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err == nil {
		io.Copy(io.Discard, r.Body)
	}
}

func TestBrokenServers(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()

	for _, c := range []struct {
		name     string
		url      string
		kind     error
		attempts int
		cause    error
	}{
		{"nobody listens", "http://" + gone.Addr().String(), operator.ErrUnavailable, 2, syscall.ECONNREFUSED},
		{"closes at once", raw(t, func(c net.Conn) { readRequest(c) }), operator.ErrUnavailable, 2, nil},
		{"resets", raw(t, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }), operator.ErrUnavailable, 2, nil},
		{"doesn't speak HTTP", raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, canary+" "+canary+"\r\n\r\n")
		}), operator.ErrResponse, 1, nil},
		{"chunks cut off", raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n"+canary[:5])
		}), operator.ErrResponse, 2, nil},
		{"header cut off", raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n")
		}), operator.ErrResponse, 2, nil},
		{"never answers", raw(t, func(c net.Conn) { io.Copy(io.Discard, c) }), operator.ErrUnavailable, 2, nil},
		{"drips", raw(t, drip), operator.ErrUnavailable, 2, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, c.url, operator.WithMaxAttempts(2), operator.WithTimeout(150*time.Millisecond))
			_, err := client.BidstreamKeys(t.Context())
			var e *operator.Error
			if !errors.As(err, &e) || e.Kind != c.kind || e.Attempts != c.attempts || c.cause != nil && !errors.Is(err, c.cause) {
				t.Errorf("%v, %+v", err, e)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("the caller had no deadline")
			}
			quotes(t, err, c.url)
		})
	}
}

func TestDialerFails(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		text string
	}{
		"anything": {errors.New(canary), "no connection could be made"},
		"DNS":      {&net.DNSError{Err: "no such host", Name: "operator.example", Server: "127.0.0.1:53", IsNotFound: true, IsTemporary: true}, "lookup operator.example: no such host"},
		"refused":  {&net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Err: syscall.ECONNREFUSED}, "dial: connection refused"},
	} {
		client := newClient(t, "http://operator.example", operator.WithDialer(func(context.Context, string, string) (net.Conn, error) { return nil, c.err }))
		_, err := client.BidstreamKeys(t.Context())
		var e *operator.Error
		if !errors.As(err, &e) || e.Kind != operator.ErrUnavailable || e.Attempts != 3 || !strings.HasSuffix(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
		if lookup, ok := errors.AsType[*net.DNSError](err); ok != (name == "DNS") || ok && (!lookup.IsNotFound || !lookup.IsTemporary) {
			t.Errorf("%s: %+v", name, lookup)
		}
		quotes(t, err, "http://operator.example")
	}
}

// drip answers one byte at a time, so that no single read is slow.
func drip(c net.Conn) {
	readRequest(c)
	io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
	for {
		if _, err := c.Write([]byte("A")); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestCallersDeadline(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"never answers": func(c net.Conn) { io.Copy(io.Discard, c) },
		"drips":         drip,
	} {
		c := newClient(t, raw(t, serve), operator.WithTimeout(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
		_, err := c.BidstreamKeys(ctx)
		cancel()
		if !errors.Is(err, operator.ErrUnavailable) || err.Error() != "operator: unavailable: context deadline exceeded" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCancel: the call returns with its context, though the attempt underneath would take an hour.
func TestCancel(t *testing.T) {
	arrived := make(chan struct{}, 1)
	c := newClient(t, raw(t, func(c net.Conn) {
		readRequest(c)
		arrived <- struct{}{}
		io.Copy(io.Discard, c)
	}), operator.WithTimeout(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := c.BidstreamKeys(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, operator.ErrUnavailable) {
		t.Error(err)
	}
	_, err = c.BidstreamKeys(ctx)
	if s := c.Stats(); !errors.Is(err, context.Canceled) || s.Calls != 2 || s.Attempts != 1 {
		t.Errorf("cancelled before the call: %v, %+v", err, s)
	}
}

// TestClose: calls in flight end, whether they are connecting, waiting for an answer or for the
// next attempt, and later ones don't start. Close itself would hang if an attempt continued.
func TestClose(t *testing.T) {
	arrived := make(chan struct{}, 1)
	silent := raw(t, func(c net.Conn) {
		readRequest(c)
		arrived <- struct{}{}
		io.Copy(io.Discard, c)
	})
	refusing := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
		refuse(w, 503, "")
		arrived <- struct{}{}
	})
	dialing := operator.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
		arrived <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	for name, c := range map[string]*operator.Client{
		"answer":       newClient(t, silent, operator.WithTimeout(time.Hour)),
		"next attempt": newClient(t, refusing.URL, operator.WithBackoff(time.Hour, time.Hour)),
		"connection":   newClient(t, silent, operator.WithTimeout(time.Hour), dialing),
	} {
		ended := make(chan error)
		go func() {
			_, err := c.BidstreamKeys(context.Background())
			ended <- err
		}()
		<-arrived
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err == nil || err.Error() != "operator: the client is closed" {
			t.Errorf("%s: %v", name, err)
		}
		before := c.Stats()
		_, err := c.BidstreamKeys(t.Context())
		if after := c.Stats(); !errors.Is(err, operator.ErrClosed) || after.Attempts != before.Attempts || after.Failures != before.Failures+1 {
			t.Errorf("%s, after Close: %v, %+v", name, err, after)
		}
		c.Close()
	}
}
