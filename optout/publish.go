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
	// publishTimeout is how long publishing an entry to the stream's servers may take.
	publishTimeout = 10 * time.Second
	// reachTimeout is how long an entry waits for the stream if it can't be reached.
	reachTimeout = 2 * time.Second
	// publishAgain is how long the servers may take to answer before the entry is sent again;
	// the time doubles with each attempt. A server that crashes while it handles the entry
	// doesn't answer.
	publishAgain = time.Second
	// duplicateInProcess is JetStream's code for a duplicate of an entry that it is still
	// storing, and inProcessAgain is when to ask again.
	duplicateInProcess = 10158
	inProcessAgain     = 20 * time.Millisecond
	// copyTimeout is how long an entry that the servers have may take to reach this node's
	// copy.
	copyTimeout = time.Second
)

// Append implements [Log]. When it returns nil, the entry is on the stream's servers and, unless
// the disk fails, in this node's copy, from which it can be restored if the stream loses it.
// Without a connection, it fails at once, so that the sender can try another node.
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
		// The stream may have lost messages in the meantime, perhaps this entry too, and
		// the nodes may have published theirs again before the copy had it.
	}
}

// reached returns the current run of reading the stream, and waits a moment if there is none.
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

// publish sends an entry until the servers have it. It insists on the stream by name, since the
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
			return nil, fmt.Errorf("optout: the stream doesn't accept the entry: %w", err)
		}
		wait *= 2
	}
}

// isInProcess reports whether the servers have got the same entry from another node, and are still
// replicating it.
func isInProcess(err error) bool {
	refused := new(jetstream.APIError)
	return errors.As(err, &refused) && refused.ErrorCode == duplicateInProcess
}

// mayPass reports whether a failure may be temporary, as when the stream's servers elect a new
// leader.
func mayPass(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// messageID lets a stream drop an entry that arrives twice within minutes, unless the stream has
// lost messages in between: that makes it another stream. It reveals nothing about the raw UID.
func (e *Entry) messageID(identity int64) string {
	what := (&Entry{UID: e.UID, SinceMs: e.SinceMs}).append(nil)
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(what, uint64(identity)))
	return hex.EncodeToString(hash[:16])
}

// copied waits until an entry that the servers have is in this node's copy as well: it comes back
// through the stream. If it doesn't, or if the servers say that they had it before, or assign it a
// position that has been read past, it is appended to the copy directly.
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
	_ = l.local.Append(ctx, *e) // the servers have it; the file's state shows its own failure
}
