package optout

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A node that starts can't see which entries other nodes have and the stream lacks. So it asks the
// connected nodes, on a subject to which all of them subscribe. Each answers at once that it is
// there, and later that it is done: when it has seen that the stream is the one that it has read,
// and that the stream has everything that its copy has. Nodes that are down can't answer; they
// publish what they have when they start.
//
// An answer of the second kind says which stream it is about, since there may be two of the same
// name: a leaf node that has a JetStream of its own answers in place of the servers behind it, but
// passes these messages on. A node isn't done for those that follow another stream.

const (
	// listenFor is how long a node listens before it assumes that it knows all connected nodes;
	// listenLonger applies if the stream has lost messages, perhaps because its servers were
	// down.
	listenFor    = 300 * time.Millisecond
	listenLonger = 2 * time.Second
	// askNodesEvery is the interval at which it asks.
	askNodesEvery = 100 * time.Millisecond
	// silentFor is how long a node may be silent before it is assumed to be gone.
	silentFor = 5 * time.Second
	// patience is how long a node waits for others before it reports that.
	patience = 3 * time.Second
	// maxNode is the maximum length of a node's name.
	maxNode = 300
	// maxAskers is how many nodes may wait for an answer at once. A node for which there is no
	// room asks again.
	maxAskers = 64

	answerHere = "here"
	answerDone = "done"
	// streamHeader has the identity of the stream. Earlier versions don't send it.
	streamHeader = "Uid2rtb-Stream"
)

// ErrWaiting: other nodes of the fleet are connected, and haven't published yet what they have and
// the stream lacks. Until they have, or are gone, a node that has just started, or has seen the
// stream lose messages, isn't synced.
var ErrWaiting = errors.New("optout: other nodes of the fleet haven't published yet what the stream lacks; look at their logs")

// nodeName makes a unique name for this node, which people can recognize.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "/" + strconv.FormatUint(newID(), 36)
}

// everyNode selects all nodes: a node waits for all of them before it is synced.
func everyNode(string) bool { return true }

// rollSubject returns the subject to which the nodes of a fleet subscribe.
func (l *JetStream) rollSubject() string { return "_uid2rtb." + l.config.Name + ".nodes" }

// attend answers the other nodes until stop is called.
func (l *JetStream) attend() (stop func(), err error) {
	subscription, err := l.js.Conn().Subscribe(l.rollSubject(), func(question *nats.Msg) {
		if question.Reply == "" || string(question.Data) == l.node {
			return
		}
		l.answer(question.Reply, answerHere, nil)
		select {
		case l.askers <- question.Reply:
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = subscription.Unsubscribe() }, nil
}

// answer answers another node. If the answer is lost, that node asks again.
func (l *JetStream) answer(asker, what string, header nats.Header) {
	_ = l.js.Conn().PublishMsg(&nats.Msg{Subject: asker, Header: header, Data: []byte(what + " " + l.node)})
}

// ofStream returns the header of an answer about a stream.
func ofStream(identity int64) nats.Header {
	return nats.Header{streamHeader: {strconv.FormatInt(identity, 10)}}
}

// roll holds the nodes that are there.
type roll map[string]*presence

// presence is what is known of a node.
type presence struct {
	heard time.Time // when it last answered
	done  bool      // the stream has all of its entries
	other bool      // it is done with another stream
}

// rollCall returns once those of the nodes that answer within listen have published what a stream
// lacks, or have fallen silent. If that takes long, waits is called once with the nodes that
// haven't.
func (l *JetStream) rollCall(ctx context.Context, identity int64, listen time.Duration, those func(node string) bool, waits func(nodes []string)) error {
	conn := l.js.Conn()
	inbox := conn.NewInbox()
	answers, err := conn.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer answers.Unsubscribe()
	there := roll{}
	said := sync.OnceFunc(func() { waits(there.missing()) })
	for start := time.Now(); ; {
		if err := conn.PublishRequest(l.rollSubject(), inbox, []byte(l.node)); err != nil {
			return err
		}
		if err := there.hear(ctx, answers, identity); err != nil {
			return err
		}
		maps.DeleteFunc(there, func(node string, _ *presence) bool { return !those(node) })
		switch waited := time.Since(start); {
		case waited >= listen && there.allDone():
			return nil
		case waited >= patience:
			said()
		}
	}
}

// hear collects answers about a stream until it is time to ask again.
func (r roll) hear(ctx context.Context, answers *nats.Subscription, identity int64) error {
	waiting, cancel := context.WithTimeout(ctx, askNodesEvery)
	defer cancel()
	for {
		answer, err := answers.NextMsgWithContext(waiting)
		if errors.Is(err, context.DeadlineExceeded) {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		what, node, _ := strings.Cut(string(answer.Data), " ")
		if len(node) > maxNode {
			continue // not from a node
		}
		if r[node] == nil {
			r[node] = &presence{}
		}
		r[node].heard = time.Now()
		if what == answerDone {
			about := answer.Header.Get(streamHeader)
			r[node].other = about != "" && about != strconv.FormatInt(identity, 10)
			r[node].done = !r[node].other
		}
	}
}

// allDone reports whether there is no node to wait for.
func (r roll) allDone() bool { return len(r.missing()) == 0 }

// missing returns the nodes to wait for.
func (r roll) missing() (nodes []string) {
	for node, n := range r {
		if !n.done && time.Since(n.heard) < silentFor {
			if n.other {
				node += " (has another stream of that name)"
			}
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return nodes
}
