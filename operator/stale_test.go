//go:build go1.25

package operator_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// doomer is an operator behind a load balancer that drops connections silently: they are doomed,
// and fate decides about the next request on one.
type doomer struct {
	*httptest.Server
	fate func(net.Conn) // handles a doomed connection on which a request arrived

	mu     sync.Mutex
	conns  map[net.Conn]bool // value: the connection is doomed
	met    int               // requests on doomed connections
	nonces map[[8]byte]int   // how often each envelope was received
}

type connKey struct{}

// newDoomer delays each answer until hold releases it.
func newDoomer(t *testing.T, fate func(net.Conn), hold func()) *doomer {
	t.Helper()
	d := &doomer{fate: fate, conns: map[net.Conn]bool{}, nonces: map[[8]byte]int{}}
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := open(r)
		if !ok {
			t.Error("no envelope")
		}
		d.mu.Lock()
		d.nonces[a.nonce]++
		c := r.Context().Value(connKey{}).(net.Conn)
		doomed, known := d.conns[c]
		if !known {
			d.conns[c] = false
		}
		if doomed {
			d.met++
		}
		d.mu.Unlock()
		if !doomed {
			hold()
			succeed(w, a, "keys")
			return
		}
		raw, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer raw.Close()
		d.fate(raw)
	}))
	d.Config.ErrorLog = quiet()
	d.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	d.Start()
	t.Cleanup(d.Close)
	return d
}

// doom dooms every existing connection.
func (d *doomer) doom() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		d.conns[c] = true
	}
	d.met = 0
	return len(d.conns)
}

func (d *doomer) seen() (doomed, envelopes int, twice bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.nonces {
		twice = twice || n > 1
	}
	return d.met, len(d.nonces), twice
}

// filled makes n concurrent calls, each on its own connection, and then dooms all connections.
func filled(t *testing.T, n int, fate func(net.Conn), opts ...operator.Option) (*doomer, *operator.Client) {
	t.Helper()
	var together sync.WaitGroup
	together.Add(n)
	first := true
	d := newDoomer(t, fate, func() {
		if first {
			together.Done()
			together.Wait()
		}
	})
	c := newClient(t, d.URL, opts...)
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			if _, err := c.BidstreamKeys(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	first = false
	if doomed := d.doom(); doomed != n {
		t.Fatalf("%d connections, want %d", doomed, n)
	}
	return d, c
}

func reset(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }

// TestStaleConnections: of 39 kept connections, all doomed, the first that is used shows it. The
// call continues on a new connection, and the other 38 are never used.
func TestStaleConnections(t *testing.T) {
	for name, fate := range map[string]func(net.Conn){"closed": func(net.Conn) {}, "reset": reset} {
		t.Run(name, func(t *testing.T) {
			d, c := filled(t, 39, fate, operator.WithMaxAttempts(1))
			for range 10 {
				if _, err := c.BidstreamKeys(t.Context()); err != nil {
					t.Error(err)
				}
			}
			doomed, envelopes, twice := d.seen()
			if doomed != 1 || envelopes != 39+10+1 || twice {
				t.Errorf("%d requests on lost connections, %d envelopes, one of them twice: %v", doomed, envelopes, twice)
			}
			if s := c.Stats(); s.Calls != 49 || s.Attempts != 49 || s.Resent != 1 || s.Failures != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestAnsweredInPart: a request that was answered, even by a single byte, is only sent again as a
// new attempt.
func TestAnsweredInPart(t *testing.T) {
	for _, part := range []string{"H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nAAAA"} {
		fate := func(c net.Conn) { io.WriteString(c, part) }
		for attempts := 1; attempts <= 2; attempts++ {
			d, c := filled(t, 1, fate, operator.WithMaxAttempts(attempts))
			_, err := c.BidstreamKeys(t.Context())
			_, envelopes, twice := d.seen()
			if s := c.Stats(); s.Resent != 0 || uint64(envelopes) != s.Attempts || twice {
				t.Errorf("%q: %+v, %d envelopes", part, s, envelopes)
			}
			if attempts == 1 && !errors.Is(err, operator.ErrResponse) {
				t.Errorf("%q: %v", part, err)
			}
		}
	}
}

// TestSilentConnections: a kept connection that yields nothing in time costs the attempt, and the
// other kept connections are dropped with it.
func TestSilentConnections(t *testing.T) {
	silent := func(c net.Conn) { io.Copy(io.Discard, c) }
	d, c := filled(t, 5, silent, operator.WithMaxAttempts(2), operator.WithTimeout(200*time.Millisecond))
	if _, err := c.BidstreamKeys(t.Context()); err != nil {
		t.Error(err)
	}
	if doomed, _, twice := d.seen(); doomed != 1 || twice {
		t.Errorf("%d requests on lost connections, twice: %v", doomed, twice)
	}
	if s := c.Stats(); s.Attempts != 5+2 || s.Resent != 0 {
		t.Errorf("%+v", s)
	}
}

// TestStaleConnectionAtTheDeadline: the caller's context also ends a call on a kept connection.
func TestStaleConnectionAtTheDeadline(t *testing.T) {
	arrived := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	d, c := filled(t, 3, func(c net.Conn) { arrived <- struct{}{}; io.Copy(io.Discard, c) }, operator.WithTimeout(time.Hour))
	go func() { <-arrived; cancel() }()
	if _, err := c.BidstreamKeys(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if doomed, _, _ := d.seen(); doomed != 1 || c.Stats().Resent != 0 {
		t.Errorf("%d requests, %+v", doomed, c.Stats())
	}
}
