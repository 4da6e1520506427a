package sidecar

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// impatient serves with times that are short enough for a test to wait for.
func impatient(t *testing.T, cfg Config) *world {
	t.Helper()
	return serve(t, cfg, func(s *Server) {
		s.times = times{read: time.Second, large: 1200 * time.Millisecond, write: time.Second, idle: time.Second, used: 300 * time.Millisecond}
	})
}

// untilClosed reads until the server closes the connection, and returns what it said.
func untilClosed(t *testing.T, in io.Reader) string {
	t.Helper()
	said, err := io.ReadAll(in)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Error("the connection stays open")
	}
	return string(said)
}

// TestGarbage: what isn't HTTP is answered with a status that quotes nothing, and the connection
// ends.
func TestGarbage(t *testing.T) {
	w := impatient(t, defaults())
	for text, status := range map[string]int{
		"canary\r\n\r\n": 400,
		"POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n":                           400,
		"POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n":           400,
		"POST /annotate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n":             400,
		"POST /annotate HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("canary", 4000) + "\r\n\r\n":        431,
		"POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\nConnection: close\r\n\r\n{": 408,
		"GET /canary%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                404,
		"GET //readyz?canary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                           200,
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n":                                           400,
	} {
		conn, in := w.dial(t)
		io.WriteString(conn, text)
		said := untilClosed(t, in)
		if !strings.HasPrefix(said, fmt.Sprintf("HTTP/1.1 %d ", status)) || strings.Contains(said, "canary") {
			t.Errorf("%.60q: %q", text, said)
		}
	}
}

// TestSlowClients: whoever sends nothing, or too slowly, or doesn't read, is left; meanwhile others
// are answered.
func TestSlowClients(t *testing.T) {
	w := impatient(t, defaults())
	var slow sync.WaitGroup
	for name, text := range map[string]string{
		"silent": "", "a header": "POST /annotate HTTP/1.1\r\nX: ", "a body": "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
		"a large body": "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", "chunks": "POST /annotate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		"the rest of what is too large": "POST /tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1060000\r\n\r\n" + strings.Repeat("x", 1<<20),
	} {
		conn, in := w.dial(t)
		slow.Go(func() {
			go func() {
				for _, err := io.WriteString(conn, text); err == nil; _, err = conn.Write([]byte{'1'}) {
					if name == "silent" {
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			}()
			if said := untilClosed(t, in); said != "" && !strings.HasPrefix(said, "HTTP/1.1 4") {
				t.Errorf("%s: %q", name, said)
			}
		})
	}
	slow.Go(func() { neverRead(t, w) })
	gone := make(chan struct{})
	go func() {
		slow.Wait()
		close(gone)
	}()
	for answered := 0; ; answered++ {
		if got := w.post(t, "/annotate", "{}"); got.status != http.StatusOK {
			t.Fatalf("another client is answered %d", got.status)
		}
		select {
		case <-gone:
			t.Logf("%d requests of others", answered)
			return
		default:
		}
	}
}

// neverRead sends requests and reads nothing, until the server takes no more.
func neverRead(t *testing.T, w *world) {
	conn, _ := w.dial(t)
	requests := []byte(strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 1000))
	for {
		if _, err := conn.Write(requests); err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Error("the connection of a client that never reads stays open")
			}
			return
		}
	}
}

// TestIdle: a connection that isn't used is closed.
func TestIdle(t *testing.T) {
	w := impatient(t, defaults())
	conn, in := w.dial(t)
	ask(t, conn, in)
	untilClosed(t, in)
}

// ask sends a request, and reads the answer. It returns whether the connection ends.
func ask(t *testing.T, conn io.Writer, in *bufio.Reader) (closing bool) {
	t.Helper()
	io.WriteString(conn, "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "{}" {
		t.Errorf("%v: %q", err, body)
	}
	return response.Close
}

// TestFull: when all connections are taken, the next one waits until an idle one is closed for it,
// or one that is in use has had its answer. Nobody loses an answer.
func TestFull(t *testing.T) {
	cfg := defaults()
	cfg.Connections = 3
	w := serve(t, cfg, func(s *Server) { s.times.used = 50 * time.Millisecond })
	for range 20 {
		conn, in := w.dial(t)
		ask(t, conn, in) // and the connection stays open
	}

	busy := serve(t, cfg, func(s *Server) { s.times.used = time.Hour })
	var hogs sync.WaitGroup
	for range cfg.Connections {
		conn, in := busy.dial(t)
		ask(t, conn, in)
		hogs.Go(func() {
			for !ask(t, conn, in) { // without a pause
			}
			conn.Close()
		})
	}
	for range cfg.Connections {
		conn, in := busy.dial(t)
		ask(t, conn, in)
	}
	hogs.Wait()
}

// TestEndless: a body that doesn't end is refused when it is too large, however it comes.
func TestEndless(t *testing.T) {
	cfg := defaults()
	cfg.MaxBody = 64 << 10
	w := serve(t, cfg)
	chunk := []byte("1000\r\n" + strings.Repeat("x", 0x1000) + "\r\n")
	for _, path := range []string{"/annotate", "/tokens"} {
		conn, in := w.dial(t)
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", path)
		go func() {
			for err := error(nil); err == nil; {
				_, err = conn.Write(chunk)
			}
		}()
		if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %v", path, err)
		}
		untilClosed(t, in)
	}
}

// TestUnwantedBody: a body that nobody asked for isn't read, however long it is, by whoever comes
// without a token.
func TestUnwantedBody(t *testing.T) {
	w := serve(t, defaults(), func(s *Server) { s.times.large = 2 * time.Second })
	chunk := []byte("10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n")
	for _, start := range []string{"GET /metrics", "GET /readyz", "POST /other"} {
		conn, in := w.dial(t)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", start)
		taken := 0
		for err := error(nil); err == nil && taken < 32<<20; taken += len(chunk) {
			_, err = conn.Write(chunk)
		}
		if taken >= 32<<20 {
			t.Errorf("%s: the server takes all of the body", start)
		}
		if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode == http.StatusInternalServerError {
			t.Errorf("%s: %v", start, err)
		}
	}
}

// TestSilentCrowd: connections on which nothing is ever sent don't keep others out.
func TestSilentCrowd(t *testing.T) {
	cfg := defaults()
	cfg.Connections = 3
	w := serve(t, cfg, func(s *Server) {
		s.times = times{read: time.Hour, large: time.Hour, write: time.Hour, idle: time.Hour, used: 20 * time.Millisecond}
	})
	for range 10 {
		w.dial(t)
	}
	conn, in := w.dial(t)
	ask(t, conn, in)
}

// TestIdleSince: how long a connection is idle doesn't come from the clock, which may be set.
func TestIdleSince(t *testing.T) {
	c := &connection{of: newGate(nil, 1)}
	c.rest()
	if since := time.Duration(c.idleSince.Load()); since <= 0 || since > time.Hour {
		t.Errorf("idle since %v after the gate was made", since)
	}
}

// TestDrain: who is connected when the server stops is answered, and told that the connection ends;
// who comes later isn't accepted, and who stays idle is left.
func TestDrain(t *testing.T) {
	w := serve(t, defaults(), func(s *Server) { s.times.used = 2 * time.Second })
	conn, in := w.dial(t)
	ask(t, conn, in)
	_, idle := w.dial(t)
	late, lateIn := w.dial(t)
	io.WriteString(late, "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
	for len(w.server.gate.all()) < 3 {
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error)
	go func() { stopped <- w.stop() }()
	for !w.server.parting.Load() {
		time.Sleep(time.Millisecond)
	}
	if !ask(t, conn, in) {
		t.Error("the client isn't told that the connection ends")
	}
	io.WriteString(late, "}")
	if said := untilClosed(t, lateIn); !strings.HasPrefix(said, "HTTP/1.1 200") {
		t.Errorf("a request in progress: %q", said)
	}
	untilClosed(t, idle)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("unix", w.addr); err == nil {
		conn.Close()
		t.Error("the server accepts connections after it stopped")
	}
}

// TestDrainEnds: clients that go on for ever are left in the end.
func TestDrainEnds(t *testing.T) {
	cfg := defaults()
	cfg.Drain = 50 * time.Millisecond
	w := serve(t, cfg, func(s *Server) { s.times.read = time.Hour })
	conn, in := w.dial(t)
	ask(t, conn, in)
	io.WriteString(conn, "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	untilClosed(t, in)
}
