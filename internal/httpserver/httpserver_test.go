//go:build go1.26

package httpserver_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// short are limits that are short enough for a test to wait for.
func short() httpserver.Limits {
	limits := httpserver.Webhook()
	limits.ReadHeader, limits.Read, limits.Write, limits.Idle = 100*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond, 100*time.Millisecond
	limits.Grace, limits.Cancel = 50*time.Millisecond, 50*time.Millisecond
	return limits
}

// long are limits that are too long for a test to wait for.
func long() httpserver.Limits {
	return httpserver.Limits{
		ReadHeader: time.Hour, Read: time.Hour, Write: time.Hour, Idle: time.Hour, HeaderBytes: 1 << 10, BodyBytes: 1 << 10, Connections: 2,
		Linger: time.Hour, Grace: time.Hour, Cancel: time.Hour,
	}
}

// serve starts a server.
func serve(t *testing.T, handler http.HandlerFunc, limits httpserver.Limits) (s *httpserver.Server, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = httpserver.New(l, handler, limits)
	go s.Serve()
	return s, l.Addr().String()
}

// client is a connection with a deadline that only failing tests reach.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, addr string) client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return client{conn, bufio.NewReader(conn)}
}

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func (c client) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func (c client) answer(t *testing.T) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	return response
}

// waitClosed waits until the server has closed the connection.
func (c client) waitClosed(t *testing.T, what string) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c.in); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Errorf("%s: still open", what)
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func ok(http.ResponseWriter, *http.Request) {}

// trickle keeps sending text, a byte at a time, until the connection is closed.
func (c client) trickle(text string) {
	for i := 0; ; i++ {
		if _, err := c.Write([]byte{text[i%len(text)]}); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestSlowClients: clients that send nothing, a byte at a time, half a body, or nothing more, are
// disconnected, each by its own limit.
func TestSlowClients(t *testing.T) {
	const brief = 50 * time.Millisecond
	for what, c := range map[string]struct {
		limit  func(*httpserver.Limits)
		client func(client)
	}{
		"silent":      {func(l *httpserver.Limits) { l.ReadHeader = brief }, func(client) {}},
		"slow header": {func(l *httpserver.Limits) { l.ReadHeader = brief }, func(c client) { go c.trickle(request[:20] + "X: y\r\n") }},
		"slow body": {func(l *httpserver.Limits) { l.Read = brief }, func(c client) {
			c.send(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
			go c.trickle("a")
		}},
		"idle": {func(l *httpserver.Limits) { l.Idle = brief }, func(c client) {
			c.send(t, request)
			c.answer(t)
		}},
	} {
		limits := atOnce(long())
		c.limit(&limits)
		limits.BodyBytes = 1 << 30
		s, addr := serve(t, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }, limits)
		defer s.Stop()
		connection := dial(t, addr)
		c.client(connection)
		connection.waitClosed(t, what)
	}
}

// TestNeverReads: a client that sends requests and reads no answers is disconnected.
func TestNeverReads(t *testing.T) {
	ended := make(chan error)
	s, addr := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				ended <- err
				return
			}
		}
	}, short())
	defer s.Stop()
	dial(t, addr).send(t, request)
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("still writing")
	}
}

// TestLimitsOfBytes: long headers are answered 431, and long bodies can't be read.
func TestLimitsOfBytes(t *testing.T) {
	read := make(chan error, 1)
	s, addr := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	}, atOnce(long()))
	defer s.Stop()
	c := dial(t, addr)
	c.send(t, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("y", 16<<10)+"\r\n\r\n")
	if response := c.answer(t); response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(response.Status)
	}
	c = dial(t, addr)
	c.send(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n"+strings.Repeat("y", 1025))
	if err := <-read; !errors.As(err, new(*http.MaxBytesError)) {
		t.Error(err)
	}
}

// atOnce are limits with which Stop doesn't wait.
func atOnce(limits httpserver.Limits) httpserver.Limits {
	limits.Linger, limits.Grace, limits.Cancel = 0, 0, 0
	return limits
}

// TestBoundOfConnections: idle connections make room for others; those that are in use are waited
// for.
func TestBoundOfConnections(t *testing.T) {
	var work sync.WaitGroup
	release := make(chan struct{})
	s, addr := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			work.Done()
			<-release
		}
	}, atOnce(long()))
	defer s.Stop()
	first, second := dial(t, addr), dial(t, addr)
	for _, c := range []client{first, second} {
		c.send(t, request)
		c.answer(t)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		first.waitClosed(t, "the first that was idle")
		second.waitClosed(t, "the second that was idle")
	}()
	for replaced := false; !replaced; {
		// Each replaces the one that the server has known as idle for longest; it may learn late
		// that one is.
		c := dial(t, addr)
		c.send(t, request)
		c.answer(t)
		select {
		case <-closed:
			replaced = true
		default:
		}
	}
	work.Add(2)
	for range 2 {
		dial(t, addr).send(t, strings.Replace(request, "/", "/wait", 1))
	}
	work.Wait()
	waits := dial(t, addr)
	waits.send(t, request)
	waits.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := waits.in.Peek(1); !isTimeout(err) {
		t.Errorf("a third connection is served: %v", err)
	}
	close(release)
	waits.SetReadDeadline(time.Now().Add(20 * time.Second))
	if response := waits.answer(t); response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
}

// TestStop: it ends whatever clients do, and a waiting request is answered.
func TestStop(t *testing.T) {
	asked := make(chan struct{})
	s, addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/wait":
			close(asked)
			<-r.Context().Done()
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/much":
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		default:
			io.Copy(io.Discard, r.Body)
		}
	}, func() httpserver.Limits {
		limits := long()
		limits.Connections, limits.Linger, limits.Grace, limits.Cancel = 256, 50*time.Millisecond, 50*time.Millisecond, 500*time.Millisecond
		return limits
	}())
	var clients []client
	for range 20 {
		silent, slow, greedy := dial(t, addr), dial(t, addr), dial(t, addr)
		clients = append(clients, silent, slow, greedy)
		greedy.send(t, strings.Replace(request, "/", "/much", 1))
		slow.send(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
		go slow.trickle("a")
		go dial(t, addr).trickle(request)
	}
	waits := dial(t, addr)
	waits.send(t, strings.Replace(request, "/", "/wait", 1))
	<-asked
	stopped := make(chan error)
	go func() { stopped <- s.Stop() }()
	if response := waits.answer(t); response.StatusCode != http.StatusServiceUnavailable {
		t.Error(response.Status)
	}
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it doesn't stop")
	}
	for _, c := range clients {
		c.waitClosed(t, "a client of a server that has stopped")
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// TestStopLosesNothing: clients that are connected when the server stops are answered, even those
// that haven't sent anything yet or are between two requests, and are told that the connection
// ends.
func TestStopLosesNothing(t *testing.T) {
	limits := long()
	limits.Connections = 8
	s, addr := serve(t, ok, limits)
	fresh, used := dial(t, addr), dial(t, addr)
	used.send(t, request)
	if response := used.answer(t); response.Close {
		t.Error("the connection ends before the server stops")
	}
	for s.Open() < 3 { // including the one that Accept waits for
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error)
	go func() { stopped <- s.Stop() }()
	for { // until it doesn't listen any more
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	for what, c := range map[string]client{"fresh": fresh, "used": used} {
		c.send(t, request)
		if response := c.answer(t); response.StatusCode != http.StatusOK || !response.Close {
			t.Errorf("%s: %s, closing %v", what, response.Status, response.Close)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestStopWithoutRequests: Stop doesn't wait for connections without requests.
func TestStopWithoutRequests(t *testing.T) {
	limits := long()
	limits.Linger = 0
	s, addr := serve(t, ok, limits)
	c := dial(t, addr)
	for s.Open() < 2 { // including the one that Accept waits for
		time.Sleep(time.Millisecond)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	c.waitClosed(t, "without a request")
}

// TestRun: it ends with its context, without an error, or with its listener, with one.
func TestRun(t *testing.T) {
	for _, byContext := range []bool{true, false} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error)
		broken := brokenListener{l, make(chan struct{})}
		go func() { ended <- httpserver.Run(ctx, broken, http.HandlerFunc(ok), short()) }()
		if byContext {
			cancel()
		} else {
			close(broken.now)
			net.Dial("tcp", l.Addr().String())
		}
		if err := <-ended; (err == nil) != byContext {
			t.Errorf("by context %v: %v", byContext, err)
		}
	}
}

// brokenListener fails after some time.
type brokenListener struct {
	net.Listener
	now chan struct{}
}

func (l brokenListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	select {
	case <-l.now:
		return nil, errors.New("no more")
	default:
		return conn, err
	}
}

// TestQuiet: nothing that clients send is logged, even if something goes wrong with it.
func TestQuiet(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	s, addr := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("uid2") {
			panic(r.URL.RawQuery)
		}
	}, short())
	for _, text := range []string{
		"GET /?uid2=canary HTTP/1.1\r\nHost: x\r\n\r\n", "GET /?uid2=canary;x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /?canary HTTP/9.9\r\n\r\n", "canary\r\n\r\n",
		"GET /%zz?canary HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nAuthorization : canary\r\n\r\n", "GET /canary",
	} {
		c := dial(t, addr)
		c.send(t, text)
		c.waitClosed(t, text)
	}
	s.Stop()
	if logged.Len() > 0 {
		t.Errorf("logged: %s", logged.String())
	}
}

// TestNoLimitIsMissing: everything is limited, and Stop ends within 5 seconds.
func TestNoLimitIsMissing(t *testing.T) {
	for _, l := range []httpserver.Limits{httpserver.Defaults(), httpserver.Webhook()} {
		for name, limit := range map[string]time.Duration{"ReadHeader": l.ReadHeader, "Read": l.Read, "Write": l.Write, "Idle": l.Idle, "Stop": l.Linger + l.Grace + l.Cancel} {
			if limit < time.Second || limit > 5*time.Minute || name == "Stop" && limit > 4*time.Second {
				t.Errorf("%s: %v", name, limit)
			}
		}
		if l.HeaderBytes < 16<<10 || l.HeaderBytes > 1<<20 || l.BodyBytes < 64<<10 || l.BodyBytes > 16<<20 || l.Connections < 16 || l.Connections > 4096 {
			t.Errorf("%+v", l)
		}
	}
}
