package operator_test

import (
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// answered counts, by the id in a payload, how often a request was received and how often it was
// answered.
type answered struct {
	mu     sync.Mutex
	came   map[int]int
	done   map[int]int
	nonces map[[8]byte]bool
	twice  int // envelopes that were received twice
}

func newAnswered() *answered {
	return &answered{came: map[int]int{}, done: map[int]int{}, nonces: map[[8]byte]bool{}}
}

// note records a request, and returns a function that records its answer.
func (n *answered) note(a asked) (answer func()) {
	var payload struct{ ID int }
	if err := json.Unmarshal(a.payload, &payload); err != nil {
		panic(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.came[payload.ID]++
	if n.nonces[a.nonce] {
		n.twice++
	}
	n.nonces[a.nonce] = true
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.done[payload.ID]++
	}
}

// check checks that each of n requests was answered exactly once, and that no envelope was received
// twice.
func (n *answered) check(t *testing.T, requests int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for id := 1; id <= requests; id++ {
		if n.done[id] != 1 {
			t.Errorf("request %d came %d times and was answered %d times", id, n.came[id], n.done[id])
		}
	}
	if n.twice != 0 || len(n.came) != requests {
		t.Errorf("%d envelopes came again; %d requests, want %d", n.twice, len(n.came), requests)
	}
}

// backend is an operator that can be restarted. A restart is abrupt: requests that haven't been
// answered never are, and every connection is lost. An answer that was started is finished first.
type backend struct {
	notes *answered
	tls   *tls.Config // nil for plain HTTP

	mu     sync.Mutex
	addr   string
	server *http.Server
	life   *life
}

// life is the time from one start to the next.
type life struct {
	answering sync.RWMutex // held for reading while an answer is written
	over      bool
}

// newBackend starts a backend, with the certificate of another server, or without TLS if that is
// nil.
func newBackend(notes *answered, certificate *httptest.Server) *backend {
	b := &backend{notes: notes}
	if certificate != nil {
		b.tls = certificate.TLS.Clone()
		b.tls.SessionTicketsDisabled = true // tickets would be unrequested bytes
	}
	b.start()
	return b
}

func (b *backend) start() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	if b.tls != nil {
		l = tls.NewListener(l, b.tls)
	}
	current := new(life)
	server := &http.Server{ErrorLog: quiet(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(current, w, r) })}
	b.mu.Lock()
	b.addr, b.server, b.life = l.Addr().String(), server, current
	b.mu.Unlock()
	go server.Serve(l)
}

func (b *backend) serve(current *life, w http.ResponseWriter, r *http.Request) {
	a, ok := open(r)
	if !ok {
		return // cut off
	}
	answer := b.notes.note(a)
	current.answering.RLock()
	defer current.answering.RUnlock()
	if current.over {
		panic(http.ErrAbortHandler)
	}
	answer()
	text := envelope.AppendBase64(nil, sealed(a, string(a.payload)))
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(text))) // so that all of it is sent at once
	w.Write(text)
	http.NewResponseController(w).Flush()
}

func (b *backend) stop() {
	b.mu.Lock()
	current, server := b.life, b.server
	b.mu.Unlock()
	current.answering.Lock()
	current.over = true
	current.answering.Unlock()
	server.Close()
}

func (b *backend) restart() {
	b.stop()
	b.start()
}

func (b *backend) address() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addr
}

// balancer spreads connections over addresses, and drops idle ones on request.
type balancer struct {
	net.Listener
	to      []func() (address string)
	settled int // number of exchanges after which a connection counts as idle: with TLS, the first one is the handshake

	mu    sync.Mutex
	next  int
	links map[*link]struct{}
}

// drop is a way to drop an idle connection.
type drop int

const (
	closing   drop = iota // properly
	resetting             // with a reset
	silently              // noticed only when it is used
)

func newBalancer(t *testing.T, settled int, to ...func() string) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{Listener: l, to: to, settled: settled, links: map[*link]struct{}{}}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(client)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		for _, link := range b.open() {
			link.close()
		}
	})
	return b
}

// serve forwards a connection to the next address where somebody listens.
func (b *balancer) serve(client net.Conn) {
	for range 2 * len(b.to) {
		b.mu.Lock()
		b.next++
		to := b.to[b.next%len(b.to)]
		b.mu.Unlock()
		server, err := net.Dial("tcp", to())
		if err != nil {
			continue
		}
		l := &link{client: client, server: server}
		b.mu.Lock()
		b.links[l] = struct{}{}
		b.mu.Unlock()
		go l.toServer()
		l.toClient()
		b.mu.Lock()
		delete(b.links, l)
		b.mu.Unlock()
		return
	}
	client.Close()
}

func (b *balancer) open() (links []*link) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l := range b.links {
		links = append(links, l)
	}
	return links
}

func (b *balancer) dropIdle(how drop) (n int) {
	for _, l := range b.open() {
		if l.drop(how, b.settled) {
			n++
		}
	}
	return n
}

// link is a connection through the balancer.
type link struct {
	client, server net.Conn

	mu        sync.Mutex
	waiting   bool // the client has sent something and received nothing yet
	exchanges int
	doomed    bool
}

func (l *link) toServer() {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.client.Read(buffer)
		if err != nil || !l.asked() {
			return
		}
		if _, err := l.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// asked reports whether what the client sent is to be forwarded.
func (l *link) asked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.doomed {
		reset(l.client)
		return false
	}
	l.waiting = true
	return true
}

func (l *link) toClient() {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buffer)
		if err != nil {
			return
		}
		if _, err := l.client.Write(buffer[:n]); err != nil {
			return
		}
		l.mu.Lock()
		if l.waiting {
			l.waiting = false
			l.exchanges++
		}
		l.mu.Unlock()
	}
}

// drop reports whether the connection was idle; after a silent drop, it is unchanged until it is
// used.
func (l *link) drop(how drop, settled int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting || l.doomed || l.exchanges < settled {
		return false
	}
	switch l.doomed = true; how {
	case closing:
		l.client.Close()
	case resetting:
		reset(l.client)
		l.client.Close()
	}
	return true
}

func (l *link) close() {
	l.client.Close()
	l.server.Close()
}
