package optout

import (
	"context"
	"errors"
	"maps"
	"strings"
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
	// maxAskers is how many nodes may wait for an answer at the same time. Who finds no room asks
	// again.
	maxAskers = 64

	answerHere = "here"
	answerDone = "done"
)

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

// rollCall returns when those of the nodes that answer within a time have given the stream what they
// have, or are silent.
func (l *JetStream) rollCall(ctx context.Context, listen time.Duration, those func(node string) bool) error {
	conn := l.js.Conn()
	inbox := conn.NewInbox()
	answers, err := conn.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer answers.Unsubscribe()
	there := roll{}
	for start := time.Now(); ; {
		if err := conn.PublishRequest(l.rollSubject(), inbox, []byte(l.node)); err != nil {
			return err
		}
		if err := there.hear(ctx, answers); err != nil {
			return err
		}
		maps.DeleteFunc(there, func(node string, _ *presence) bool { return !those(node) })
		if time.Since(start) >= listen && there.allDone() {
			return nil
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
		if r[node] == nil {
			r[node] = &presence{}
		}
		r[node].heard = time.Now()
		r[node].done = r[node].done || what == answerDone
	}
}

// allDone reports whether nobody is there for whom to wait.
func (r roll) allDone() bool {
	for _, n := range r {
		if !n.done && time.Since(n.heard) < silentFor {
			return false
		}
	}
	return true
}
