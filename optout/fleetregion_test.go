package optout_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

var regionCut = flag.Duration("fleet-cut", 2*time.Second, "how long TestFleetRegionBehindALeaf cuts a region off after its nodes have noticed")

// link is a connection between two regions, which can be cut.
type link struct {
	net.Listener
	to string

	mu     sync.Mutex
	state  linkState
	change chan struct{} // closed when state changes
	open   []net.Conn
}

type linkState int

const (
	linkWorks  linkState = iota
	linkSilent           // nothing arrives, and nobody is told
	linkClosed           // connections are closed, and none is made
)

// linkTo returns a link to a NATS address.
func linkTo(t *testing.T, address string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{Listener: listener, to: strings.TrimPrefix(address, "nats://"), change: make(chan struct{})}
	t.Cleanup(func() { listener.Close(); l.set(linkClosed) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			l.connect(near)
		}
	}()
	return l
}

func (l *link) connect(near net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == linkClosed {
		near.Close()
		return
	}
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		near.Close()
		return
	}
	l.open = append(l.open, near, far)
	go l.carry(near, far)
	go l.carry(far, near)
}

// carry passes on what arrives, while the link works.
func (l *link) carry(to io.WriteCloser, from io.Reader) {
	defer to.Close()
	for b := make([]byte, 32<<10); ; {
		n, err := from.Read(b)
		if err != nil || !l.passable() {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// passable waits while the link is silent, and reports whether it works then.
func (l *link) passable() bool {
	for {
		l.mu.Lock()
		state, change := l.state, l.change
		l.mu.Unlock()
		if state != linkSilent {
			return state == linkWorks
		}
		<-change
	}
}

func (l *link) set(state linkState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = state
	close(l.change)
	l.change = make(chan struct{})
	if state == linkClosed {
		for _, c := range l.open {
			c.Close()
		}
		l.open = nil
	}
}

// behind has a leaf node pass on what its clients ask of JetStream, of which it has none.
var behind = natstest.Options{NoStreams: true, Config: "default_js_domain: {\"$G\": main}\n"}

// region starts a leaf node at the other end of a link.
func region(t *testing.T, l *link, o natstest.Options) *cluster {
	t.Helper()
	o.Name = "far"
	o.Config += fmt.Sprintf("leafnodes {reconnect: 1, remotes: [{urls: [\"nats://%s\"]}]}", l.Addr())
	return startWith(t, 1, o)
}

// TestFleetRegionBehindALeaf: nodes of another region use the stream through a leaf node without
// JetStream. When the link is cut, they go on with what they know, acknowledge nothing, and what
// starts isn't synced; the others don't notice. When it is back, all know everything.
func TestFleetRegionBehindALeaf(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]linkState{"silent": linkSilent, "closed": linkClosed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startWith(t, 3, natstest.Options{Leafs: true, Domain: "main"})
			nodes, _ := c.fleetOf(t, 2, 3)
			l := linkTo(t, c.LeafURL(1))
			far := region(t, l, behind)
			there := far.node(t, path(t), 3)
			f := flow(t, append(nodes, there)...)
			f.more(20)
			l.set(cut)
			waitFor(t, func() bool { return there.UnreachableErr() != nil })
			started := far.node(t, path(t), 3)
			f.watch(started)
			f.more(20)
			time.Sleep(*regionCut)
			if !there.Synced() || started.Synced() || there.UnreachableErr() == nil {
				t.Errorf("cut off: synced %v, one that starts %v, away %v", there.Synced(), started.Synced(), there.UnreachableErr())
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if err := there.Record(ctx, numbered(1e6), 1000); err == nil {
				t.Error("it acknowledges what the stream doesn't have")
			}
			l.set(linkWorks)
			synced(t, started)
			waitFor(t, func() bool { return there.UnreachableErr() == nil })
			f.add(started)
			f.more(20)
			f.end(func() *optout.Store { return far.node(t, path(t), 3) })
		})
	}
}

// TestFleetRegionWithAStreamOfItsOwn: a leaf node that has a JetStream of its own answers in the
// stream's place, so the region gets a stream of its own. Its nodes must not be synced without what
// the others have. Once the leaf node is put right, all know everything.
func TestFleetRegionWithAStreamOfItsOwn(t *testing.T) {
	t.Parallel()
	c := startWith(t, 1, natstest.Options{Leafs: true, Domain: "main"})
	s := c.node(t, path(t), 1)
	synced(t, s)
	recordAll(t, s, 0, 10)
	l := linkTo(t, c.LeafURL(0))
	wrong := region(t, l, natstest.Options{Domain: "far"})
	file := path(t)
	there := wrong.node(t, file, 1)
	stop := neverWrong(t, there, 10)
	record(t, there, 10)
	waitFor(t, func() bool { return errors.Is(there.UnreachableErr(), optout.ErrWaiting) })
	if there.Synced() {
		t.Error("it is synced with a stream that lacks what the others have")
	}
	stop()
	there.Close()
	wrong.Stop(0)
	right := region(t, l, behind)
	there = right.node(t, file, 1)
	synced(t, there)
	agree(t, 0, 11, s, there)
}

// TestFleetRegionLost: a mirror in another region takes the stream's place when the servers and the
// nodes of the first are gone with their disks. What it had is known to new nodes, and what it
// didn't have yet once a node comes that has a copy.
func TestFleetRegionLost(t *testing.T) {
	t.Parallel()
	c := startWith(t, 1, natstest.Options{Leafs: true, Domain: "main"})
	file := path(t)
	first := c.node(t, file, 1)
	synced(t, first)
	recordAll(t, first, 0, 20)
	l := linkTo(t, c.LeafURL(0))
	far := region(t, l, natstest.Options{Domain: "far"})
	admin := far.connect(t)
	mirror, err := admin.CreateStream(context.Background(), jetstream.StreamConfig{
		Name: "OPTOUTS", Mirror: &jetstream.StreamSource{Name: "OPTOUTS", Domain: "main"}, MaxMsgSize: 1 << 10, DenyDelete: true, DenyPurge: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		info, err := mirror.Info(context.Background())
		return err == nil && info.State.LastSeq == 20
	})
	there := far.node(t, path(t), 1)
	waitFor(t, func() bool { return errors.Is(there.UnreachableErr(), optout.ErrStream) }) // a mirror isn't the stream
	l.set(linkClosed)
	recordAll(t, first, 20, 25) // what the mirror lacks
	first.Close()
	c.Kill(0)
	change(t, admin, func(s *jetstream.StreamConfig) { s.Mirror, s.Subjects = nil, []string{"uid2.optouts"} })
	stop := neverWrong(t, there, 20)
	synced(t, there)
	record(t, there, 25)
	agree(t, 0, 20, there)
	stop()
	if there.OptOut(numbered(22)).State != bidstream.NotOptedOut {
		t.Error("the mirror had what it can't have")
	}
	agree(t, 0, 26, far.node(t, file, 1), there)
}
