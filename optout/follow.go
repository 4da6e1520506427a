package optout

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// errOtherStream: the stream isn't the one, or hasn't the end, that this node's copy is of.
var errOtherStream = errors.New("optout: the stream isn't what it was")

// place is where a copy of a stream ends.
type place struct {
	stream   int64  // when the stream was made, in Unix nanoseconds
	position uint64 // of the last message in the copy, 0 if there is none
	sentNs   int64  // when that one was sent
}

// place is 24 bytes in the file.
func (p place) bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.stream))
	b = binary.BigEndian.AppendUint64(b, p.position)
	return binary.BigEndian.AppendUint64(b, uint64(p.sentNs))
}

func placeOf(b []byte) (p place) {
	if len(b) == 24 {
		p = place{int64(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:]))}
	}
	return p
}

// arrived is what came from the stream together.
type arrived struct {
	entries []Entry
	strange [][]byte // no entries
	at      place    // of the last message
	pending uint64   // messages that were behind it
}

// Follow implements [Follower]: first the copy, then the stream, which is tried again and again where it isn't reached.
func (l *JetStream) Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, events FollowEvents) error {
	if err := l.local.Replay(ctx, after, f); err != nil {
		return err
	}
	events.CaughtUp = sync.OnceFunc(events.CaughtUp)
	for {
		err := l.followStream(ctx, f, events)
		if errors.Is(err, ErrStream) || errors.Is(err, ErrClosed) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		l.forget()
		events.Away(err)
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// followStream reads the stream from where the copy ends, until something goes wrong.
func (l *JetStream) followStream(ctx context.Context, f func(number uint64, e Entry) error, events FollowEvents) error {
	stream, err := l.reach(ctx)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return err
	}
	at, err := l.start(ctx, stream, info)
	if err != nil {
		return err
	}
	l.toCome.Store(info.State.LastSeq - at.position)
	if at.position == info.State.LastSeq {
		events.CaughtUp()
	}
	messages, err := l.messages(ctx, at.position+1)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)() // a reading that waits for a server that is away notices nothing else
	defer messages.Stop()
	events.Away(nil)
	for {
		got, err := l.next(ctx, messages, at)
		if err != nil {
			return err
		}
		// What came may be of a stream that has lost its end and grown again, and the reading of it goes on by itself.
		if err := verify(ctx, stream, at); err != nil {
			return err
		}
		if err := l.take(ctx, got, f); err != nil {
			return err
		}
		if at = got.at; at.position >= info.State.LastSeq {
			events.CaughtUp()
		}
	}
}

// start returns where this node's copy ends, in a stream that is the same up to there. In another one, or in one whose servers
// have lost what the copy has, it is the beginning: what is read twice does no harm.
func (l *JetStream) start(ctx context.Context, stream jetstream.Stream, info *jetstream.StreamInfo) (place, error) {
	at, err := l.local.place()
	if err != nil {
		return place{}, err
	}
	beginning := place{stream: info.Created.UnixNano()}
	if at.stream != beginning.stream || at.position > info.State.LastSeq {
		return beginning, nil
	}
	if err := verify(ctx, stream, at); errors.Is(err, errOtherStream) {
		return beginning, nil
	} else if err != nil {
		return place{}, err
	}
	return at, nil
}

// verify reports whether a stream has the message with which a copy ends: errOtherStream if it hasn't.
func verify(ctx context.Context, stream jetstream.Stream, at place) error {
	if at.position == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	message, err := stream.GetMsg(ctx, at.position)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && message.Time.UnixNano() != at.sentNs {
		return errOtherStream
	}
	return err
}

// messages reads the stream from a position on. A server that is silent is given up well within the wait of next: each call of that
// begins to listen for its heartbeat anew.
func (l *JetStream) messages(ctx context.Context, from uint64) (jetstream.MessagesContext, error) {
	consumer, err := l.js.OrderedConsumer(ctx, l.config.Name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, MaxResetAttempts: 1,
	})
	if err != nil {
		return nil, err
	}
	return consumer.Messages(jetstream.PullHeartbeat(heartbeat))
}

// next waits for a message, for as long as the stream needn't be verified, and returns it with those that follow at once. If none
// came, there is nothing behind at.
func (l *JetStream) next(ctx context.Context, messages jetstream.MessagesContext, at place) (got arrived, err error) {
	got.at = at
	wait := verifyEvery
	for n := 0; n < maxCommit; n++ {
		message, err := messages.Next(jetstream.NextMaxWait(wait))
		if errors.Is(err, nats.ErrTimeout) || err != nil && n > 0 {
			break // what is wrong will be wrong the next time, too
		}
		if err != nil {
			return got, err
		}
		meta, err := message.Metadata()
		if err != nil {
			return got, err
		}
		if entry, err := parseEntry(message.Data()); err != nil {
			got.strange = append(got.strange, message.Data()[:min(len(message.Data()), maxQuarantined)])
		} else {
			got.entries = append(got.entries, entry)
		}
		got.at.position, got.at.sentNs, got.pending = meta.Sequence.Stream, meta.Timestamp.UnixNano(), meta.NumPending
		wait = gatherFor
	}
	return got, ctx.Err()
}

// take makes what came known to lookups, and then durable: a disk that is full doesn't keep this node from honouring what others
// have received.
func (l *JetStream) take(ctx context.Context, got arrived, f func(number uint64, e Entry) error) error {
	for _, entry := range got.entries {
		if err := f(0, entry); err != nil {
			return err
		}
	}
	if len(got.entries)+len(got.strange) == 0 {
		return nil
	}
	if err := l.local.appendAt(ctx, got); err != nil {
		return err
	}
	l.strange.Add(uint64(len(got.strange)))
	l.toCome.Store(got.pending)
	return nil
}
