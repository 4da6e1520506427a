package optout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// publishTimeout is how long an entry may take to be on the stream's servers.
	publishTimeout = 10 * time.Second
	// reachTimeout is how long an entry waits for a stream that isn't reached.
	reachTimeout = 2 * time.Second
	// publishAgain is how long the servers may take for an answer before the entry is sent again,
	// each time twice as long: one that went down while it had it doesn't answer.
	publishAgain = time.Second
	// duplicateInProcess is JetStream's code for an entry that it is about to have, and
	// inProcessAgain is when to ask again.
	duplicateInProcess = 10158
	inProcessAgain     = 20 * time.Millisecond
	// copyTimeout is how long an entry that the servers have may take to be in this node's copy.
	copyTimeout = time.Second
)

// Append implements [Log]. The entry is on the stream's servers when it returns, and in this node's
// copy, unless that one's disk fails: what the stream loses can be made up for. Without a
// connection it fails at once: the sender may reach another node.
func (l *JetStream) Append(ctx context.Context, e Entry) error {
	if err := l.local.state.failure(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	for {
		suspected := l.suspected.Load()
		s, err := l.reached(ctx)
		if err != nil {
			return err
		}
		before := s.read.Load()
		ack, err := l.publish(ctx, s.identity, &e)
		if err != nil {
			return err
		}
		l.copied(ctx, s, &e, ack, before)
		if l.suspected.Load() == suspected {
			return nil
		}
		// The stream lost something meanwhile, perhaps this entry, and what the nodes have may have
		// been published again before the copy had it.
	}
}

// reached returns the reading of the stream that goes on, for which it waits a moment.
func (l *JetStream) reached(ctx context.Context) (*following, error) {
	if s := l.now.Load(); s != nil {
		return s, nil
	}
	if conn := l.js.Conn(); !conn.IsConnected() || errors.Is(*l.why.Load(), ErrStream) {
		return nil, *l.why.Load()
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	var s *following
	if err := l.changed.until(ctx, func() bool {
		s = l.now.Load()
		return s != nil
	}); err != nil {
		return nil, *l.why.Load()
	}
	return s, nil
}

// publish sends an entry until the servers have it. It is the stream's own servers that must: the
// subject may belong to another stream by now.
func (l *JetStream) publish(ctx context.Context, identity int64, e *Entry) (*jetstream.PubAck, error) {
	id := jetstream.WithMsgID(e.messageID(identity))
	for wait := publishAgain; ; {
		attempt, cancel := context.WithTimeout(ctx, wait)
		ack, err := l.js.Publish(attempt, l.config.Subject, e.append(nil), id, jetstream.WithExpectStream(l.config.Name))
		cancel()
		switch {
		case err == nil:
			return ack, nil
		case isInProcess(err):
			time.Sleep(inProcessAgain)
			continue
		}
		l.doubt()
		if ctx.Err() != nil || !mayPass(err) || !l.js.Conn().IsConnected() {
			return nil, fmt.Errorf("optout: the stream doesn't take the entry: %w", err)
		}
		wait *= 2
	}
}

// isInProcess reports whether the servers have the same entry from another node, and don't have it
// everywhere yet.
func isInProcess(err error) bool {
	refused := new(jetstream.APIError)
	return errors.As(err, &refused) && refused.ErrorCode == duplicateInProcess
}

// mayPass reports whether the next try of what failed may succeed, as when the stream's servers
// choose a new leader.
func mayPass(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// messageID lets a stream drop an entry that comes twice within minutes, but not if it has lost
// something between: then it is another stream. It tells nothing of the raw UID.
func (e *Entry) messageID(identity int64) string {
	what := (&Entry{UID: e.UID, SinceMs: e.SinceMs}).append(nil)
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(what, uint64(identity)))
	return hex.EncodeToString(hash[:16])
}

// copied waits until an entry that the servers have is in this node's copy, too: it comes back with
// the stream. If it doesn't, or the servers say that they had it before, or give it a position that
// the stream has passed, it is written.
func (l *JetStream) copied(ctx context.Context, s *following, e *Entry, ack *jetstream.PubAck, before uint64) {
	if !ack.Duplicate && ack.Sequence > before {
		waiting, cancel := context.WithTimeout(ctx, copyTimeout)
		defer cancel()
		err := s.progress.until(waiting, func() bool { return s.written.Load() >= ack.Sequence || s.over.Load() })
		if err == nil && s.written.Load() >= ack.Sequence {
			return
		}
	} else if !ack.Duplicate {
		l.doubt()
	}
	_ = l.local.Append(ctx, *e) // the servers have it, and the file tells what is wrong with it
}
