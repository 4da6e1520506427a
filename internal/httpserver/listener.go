package httpserver

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// listener accepts a bounded number of connections at a time.
type listener struct {
	net.Listener
	room      chan struct{} // has one element per open connection
	closed    chan struct{}
	closeOnce sync.Once

	mu      sync.Mutex
	fresh   map[net.Conn]bool // connections without a request so far
	idle    []net.Conn        // the longest idle one first
	waiting bool              // another connection needs room
}

func newListener(of net.Listener, connections int) *listener {
	return &listener{Listener: of, room: make(chan struct{}, connections), closed: make(chan struct{}), fresh: make(map[net.Conn]bool)}
}

// Accept waits for room, and makes room if there is an idle connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	default:
		l.makeRoom()
		select {
		case l.room <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
		l.setWaiting(false)
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &connection{Conn: conn, of: l}, nil
}

// Close implements [net.Listener].
func (l *listener) Close() (err error) {
	l.closeOnce.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

// makeRoom closes the longest idle connection, or the next one that becomes idle.
func (l *listener) makeRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting = len(l.idle) == 0; !l.waiting {
		l.idle[0].Close()
		l.idle = l.idle[1:]
	}
}

func (l *listener) setWaiting(waiting bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = waiting
}

// state is called by http.Server with the new state of a connection.
func (l *listener) state(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = slices.DeleteFunc(l.idle, func(idle net.Conn) bool { return idle == conn })
	delete(l.fresh, conn)
	if state == http.StateNew {
		l.fresh[conn] = true
	}
	if state != http.StateIdle {
		return
	}
	if l.waiting {
		l.waiting = false
		conn.Close()
		return
	}
	l.idle = append(l.idle, conn)
}

// waitEmpty waits until no connection is open, but no longer than most.
func (l *listener) waitEmpty(most time.Duration) {
	for end := time.Now().Add(most); len(l.room) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// closeFresh closes the connections without a request so far. http.Server.Shutdown would wait for
// them.
func (l *listener) closeFresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.fresh {
		conn.Close()
	}
}

// connection releases its room when it is closed.
type connection struct {
	net.Conn
	of        *listener
	closeOnce sync.Once
}

func (c *connection) Close() error {
	err := c.Conn.Close()
	c.closeOnce.Do(func() { <-c.of.room })
	return err
}

// CloseWrite lets http.Server finish an answer to a request that it hasn't fully read, without the
// client losing the answer.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
