package operator

import (
	"context"
	"net"
	"sync"
	"time"
)

// work tracks what a Client has in progress: calls, and connections being made or open. A
// connection may outlive the call that it was made for, as another call may use it; closing it ends
// the goroutines of net/http that serve it.
type work struct {
	ctx    context.Context // canceled by close
	cancel context.CancelFunc

	dialer  Dial
	timeout time.Duration // of dialing

	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
	conns  map[*conn]struct{}
}

func newWork(c *config) *work {
	w := &work{dialer: c.dial, timeout: c.timeout, conns: make(map[*conn]struct{})}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// begin registers the start of some work, for which end must be called, and reports whether it may
// start: it may not after close.
func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.wg.Add(1)
	return true
}

func (w *work) end() { w.wg.Done() }

// dial is what net/http calls for a new connection, with a context that doesn't end with that of
// the call.
func (w *work) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if !w.begin() {
		return nil, net.ErrClosed
	}
	defer w.end()
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	defer context.AfterFunc(w.ctx, cancel)()
	c, err := w.dialer(ctx, network, addr)
	if err != nil {
		return nil, dialError{err}
	}
	return w.track(c)
}

func (w *work) track(c net.Conn) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	tracked := &conn{Conn: c, work: w}
	w.conns[tracked] = struct{}{}
	return tracked, nil
}

// close ends all work and waits for it.
func (w *work) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	for _, c := range w.open() {
		c.Close()
	}
	w.wg.Wait()
}

func (w *work) open() []*conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	conns := make([]*conn, 0, len(w.conns))
	for c := range w.conns {
		conns = append(conns, c)
	}
	return conns
}

// dialError marks an error of a dialer, which may be anything.
type dialError struct{ cause error }

func (e dialError) Error() string { return e.cause.Error() }
func (e dialError) Unwrap() error { return e.cause }

// conn is a connection that close can find and close.
type conn struct {
	net.Conn
	work *work
}

func (c *conn) Close() error {
	c.work.mu.Lock()
	delete(c.work.conns, c)
	c.work.mu.Unlock()
	return c.Conn.Close()
}
