package operator

import (
	"context"
	"net"
	"sync"
	"time"
)

// work is what a Client has going: goroutines and connections. fasthttp can't be interrupted by a context, so an attempt
// may outlive its call, at most until its deadline; closing the connections under it is what ends it sooner.
type work struct {
	ctx    context.Context // ends with close
	cancel context.CancelFunc
	dialer Dial

	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
	conns  map[*conn]struct{}
}

func newWork(dial Dial) *work {
	w := &work{dialer: dial, conns: make(map[*conn]struct{})}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// run starts f in a goroutine, unless the work is closed.
func (w *work) run(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.wg.Go(f)
	return true
}

// dial is what fasthttp calls for a new connection; timeout is the rest of the attempt's.
func (w *work) dial(addr string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(w.ctx, timeout)
	defer cancel()
	c, err := w.dialer(ctx, "tcp", addr)
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

// close ends everything and waits for it.
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

// dialError marks what a dialer returned, which can be any error.
type dialError struct{ cause error }

func (e dialError) Error() string { return e.cause.Error() }
func (e dialError) Unwrap() error { return e.cause }

// conn is a connection that close can find.
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
