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

// What a node has and the stream lacks isn't known to a node that starts, and it can't see it. So
// it asks the nodes that are there, on a subject that they all listen to: each answers at once that
// it is there, and, when it has seen that the stream is what it has read and has all that its copy
// has, that it is done. Nodes that are down can't answer. They give what they have when they start.

const (
	// listenFor is how long a node listens for others before it believes that it knows all who are
	// there; listenLonger, if the stream has lost something, as it may have done so because its
	// servers were down.
	listenFor    = 300 * time.Millisecond
	listenLonger = 2 * time.Second
	// askNodesEvery is how often it asks.
	askNodesEvery = 100 * time.Millisecond
	// silentFor is how long a node may be silent before it is taken for one that isn't there any
	// more.
	silentFor = 5 * time.Second
	// patience is how long a node waits for others before it says so.
	patience = 3 * time.Second
	// maxNode bounds the name of a node.
	maxNode = 300
	// maxAskers is how many nodes may wait for an answer at the same time. Who finds no room asks
	// again.
	maxAskers = 64

	answerHere = "here"
	answerDone = "done"
)

// ErrWaiting: other nodes of the fleet are there, and haven't given the stream what they have.
// Until they have, or are gone, a node that starts, or has seen the stream lose something, isn't
// synced.
var ErrWaiting = errors.New("optout: other nodes of the fleet haven't given the stream what they have; look at their logs")

// nodeName makes a name that tells this node from the others, and people which one it is.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "/" + strconv.FormatUint(newID(), 36)
}

// everyNode is for whom a node waits before it is synced.
func everyNode(string) bool { return true }

// rollSubject is where the nodes of a fleet listen.
func (l *JetStream) rollSubject() string { return "_uid2rtb." + l.config.Name + ".nodes" }

// attend answers the other nodes until stop is called.
func (l *JetStream) attend() (stop func(), err error) {
	subscription, err := l.js.Conn().Subscribe(l.rollSubject(), func(question *nats.Msg) {
		if question.Reply == "" || string(question.Data) == l.node {
			return
		}
		l.answer(question.Reply, answerHere)
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

// answer answers another node. If that is lost, it asks again.
func (l *JetStream) answer(asker, what string) {
	_ = l.js.Conn().Publish(asker, []byte(what+" "+l.node))
}

// roll is who is there.
type roll map[string]*presence

// presence is of a node.
type presence struct {
	heard time.Time // when it answered last
	done  bool      // the stream has what it has
}

// rollCall returns when those of the nodes that answer within a time have given the stream what
// they have, or are silent. If that takes long, waits is told which ones haven't.
func (l *JetStream) rollCall(ctx context.Context, listen time.Duration, those func(node string) bool, waits func(nodes []string)) error {
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
		if err := there.hear(ctx, answers); err != nil {
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

// hear takes the answers that come until it is time to ask again.
func (r roll) hear(ctx context.Context, answers *nats.Subscription) error {
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
			continue // a stranger's
		}
		if r[node] == nil {
			r[node] = &presence{}
		}
		r[node].heard = time.Now()
		r[node].done = r[node].done || what == answerDone
	}
}

// allDone reports whether nobody is there for whom to wait.
func (r roll) allDone() bool { return len(r.missing()) == 0 }

// missing are the nodes for which to wait.
func (r roll) missing() (nodes []string) {
	for node, n := range r {
		if !n.done && time.Since(n.heard) < silentFor {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return nodes
}
