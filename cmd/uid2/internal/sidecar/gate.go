package sidecar

import (
	"cmp"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// gate accepts a bounded number of connections at a time, and one more that waits for room.
type gate struct {
	from    net.Listener
	used    time.Duration // a connection with a shorter pause isn't closed for others
	room    chan struct{} // has one element per open connection
	over    chan struct{} // closed when nobody may enter any more
	crowded atomic.Bool   // a connection needs room
	close   sync.Once
	err     error // of closing
	made    time.Time

	mu   sync.Mutex
	open map[*connection]bool
}

func newGate(from net.Listener, connections int) *gate {
	return &gate{from: from, room: make(chan struct{}, connections), over: make(chan struct{}), open: make(map[*connection]bool), made: time.Now()}
}

// now is how long the gate has been there: other than the time of day, it can't be set.
func (g *gate) now() time.Duration { return time.Since(g.made) }

// lookForRoom is the time between two looks for a connection that may be closed.
const lookForRoom = 20 * time.Millisecond

// Accept waits for a connection, and then for room. Whoever has been accepted isn't left when the
// gate is closed, but when it is over.
func (g *gate) Accept() (net.Conn, error) {
	conn, err := g.from.Accept()
	if err != nil {
		return nil, err
	}
	if !g.enter() {
		conn.Close()
		return nil, net.ErrClosed
	}
	c := &connection{Conn: conn, of: g}
	c.rest()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[c] = true
	return c, nil
}

// enter waits for room for one more connection. It reports whether there is some.
func (g *gate) enter() bool {
	select {
	case g.room <- struct{}{}:
		return true
	default:
	}
	defer g.crowded.Store(false)
	look := time.NewTicker(lookForRoom)
	defer look.Stop()
	for {
		g.closeIdle(1)
		g.crowded.Store(true)
		select {
		case g.room <- struct{}{}:
			return true
		case <-look.C:
		case <-g.over:
			return false
		}
	}
}

// wanted reports whether the connection that asks shall make room. It is asked of one only, unless
// that doesn't go.
func (g *gate) wanted() bool {
	return g.crowded.Load() && g.crowded.CompareAndSwap(true, false)
}

// Close closes the listener. Connections stay open.
func (g *gate) Close() error {
	g.close.Do(func() { g.err = g.from.Close() })
	return g.err
}

// Addr implements [net.Listener].
func (g *gate) Addr() net.Addr { return g.from.Addr() }

// drain waits until nothing more is accepted, as served says, and no connection is open, but no
// longer than most. Meanwhile it closes those that aren't in use, and at the end all.
func (g *gate) drain(most time.Duration, served <-chan struct{}) {
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(lookForRoom) {
		g.closeIdle(cap(g.room))
		select {
		case <-served:
			if len(g.room) == 0 {
				return
			}
		default:
		}
	}
	close(g.over)
	<-served
	for _, c := range g.all() {
		c.Close()
	}
}

// closeIdle closes the longest idle connections, of those that aren't in use.
func (g *gate) closeIdle(most int) {
	before := int64(g.now() - g.used)
	found := slices.DeleteFunc(g.all(), func(c *connection) bool {
		since := c.idleSince.Load()
		return since == 0 || since > before
	})
	slices.SortFunc(found, func(a, b *connection) int { return cmp.Compare(a.idleSince.Load(), b.idleSince.Load()) })
	for _, c := range found[:min(most, len(found))] {
		c.Close()
	}
}

func (g *gate) all() []*connection {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*connection, 0, len(g.open))
	for c := range g.open {
		all = append(all, c)
	}
	return all
}

// state is called by the server with the new state of a connection.
func (g *gate) state(conn net.Conn, state fasthttp.ConnState) {
	c := conn.(*connection) // the server has no others
	switch state {
	case fasthttp.StateActive:
		c.idleSince.Store(0)
	case fasthttp.StateIdle:
		c.rest()
	}
}

// connection releases its room when it is closed.
type connection struct {
	net.Conn
	of        *gate
	idleSince atomic.Int64 // nanoseconds as the gate counts them; 0 while there is a request
	closeOnce sync.Once
}

// rest says that the connection waits for a request.
func (c *connection) rest() { c.idleSince.Store(int64(c.of.now())) }

// Close implements [net.Conn].
func (c *connection) Close() error {
	err := c.Conn.Close()
	c.closeOnce.Do(func() {
		c.of.mu.Lock()
		defer c.of.mu.Unlock()
		delete(c.of.open, c)
		<-c.of.room
	})
	return err
}
