package optout

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
)

// following is one reading of the stream, from where this node's copy ends until something goes
// wrong. Three goroutines are at work: one makes what comes known to lookups, one writes it to the
// copy, one looks at the stream now and then. A fourth one, until the node is synced, compares the
// stream with the copy and asks the other nodes.
type following struct {
	log      *JetStream
	f        func(number uint64, e Entry) error
	events   FollowEvents
	stream   sighting // at the beginning
	identity int64    // of the stream
	from     uint64   // position where the copy ended

	compared atomic.Pointer[comparison] // nil if the copy has nothing that the stream may lack
	given    atomic.Bool                // the stream has what the copy has

	queue    chan arrival
	read     atomic.Uint64         // lookups know what came up to this position
	written  atomic.Uint64         // the copy has what came up to this position
	at       atomic.Pointer[place] // of that, as the message said
	cells    atomic.Uint64         // of the copy at that time, or before
	over     atomic.Bool
	progress signal // rings when one of these changes

	// These are watch's.
	verified place  // the end of the copy that the stream was found to have
	stored   place  // what the copy's file says of that
	lookedAt uint64 // read at the last look
	stalled  int    // how many looks found it where it was, although there was more
}

// arrival is a message of the stream.
type arrival struct {
	entry   Entry
	strange []byte // what is no entry; nil if it is one
	known   bool   // the copy has it
	at      place
	pending uint64 // messages behind it
}

const (
	// heartbeat is how often the stream's servers say that they are there. After two that are
	// missing, they are looked for again.
	heartbeat = time.Second
	// pullMessages and pullBytes bound what a server sends without being asked for more.
	pullMessages, pullBytes = 1024, 4 << 20
	// maxStrange is how much is kept of a message that is no entry.
	maxStrange = 1 << 10
)

// errGap: messages didn't come that the servers sent.
var errGap = errors.New("optout: messages of the stream were lost on the way; they are read again")

// run reads the stream until something goes wrong.
func (s *following) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	messages, err := s.messages(ctx)
	if err != nil {
		return err
	}
	defer messages.Stop()
	s.log.begin(s)
	defer s.end()
	s.events.Away(nil)
	var work waitgroup.Group
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return s.readAll(ctx, messages) }, s.writeAll, s.watch, s.catchUp,
	} {
		work.Go(func() {
			if err := part(ctx); err != nil {
				cancel(err)
			}
		})
	}
	work.Wait()
	return context.Cause(ctx)
}

// messages asks for the stream from where the copy ends.
func (s *following) messages(ctx context.Context) (jetstream.MessagesContext, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	consumer, err := s.stream.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: s.from + 1,
		AckPolicy: jetstream.AckNonePolicy, Replicas: 1, MemoryStorage: true, InactiveThreshold: 10 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("optout: the stream can't be read: %w", err)
	}
	pending := consumer.CachedInfo().NumPending
	s.log.toCome.Store(pending)
	if pending == 0 {
		s.read.Store(s.stream.last)
	}
	return consumer.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(pullMessages, max(pullBytes, 2*int(s.log.js.Conn().MaxPayload()))),
		jetstream.PullHeartbeat(heartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
}

// readAll makes what comes known to lookups, and hands it on to the copy.
func (s *following) readAll(ctx context.Context, messages jetstream.MessagesContext) error {
	for number := uint64(1); ; number++ {
		message, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("optout: nothing comes from the stream: %w", err)
		}
		meta, err := message.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != number {
			return errGap
		}
		a, err := s.arrived(message.Data(), meta)
		if err != nil {
			return err
		}
		select {
		case s.queue <- a:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.read.Store(a.at.position)
		if a.pending == 0 {
			s.read.Store(max(a.at.position, s.stream.last)) // what is behind it is gone
		}
		s.progress.ring()
	}
}

// arrived makes a message known to lookups.
func (s *following) arrived(data []byte, meta *jetstream.MsgMetadata) (arrival, error) {
	a := arrival{at: place{s.identity, meta.Sequence.Stream, meta.Timestamp.UnixNano()}, pending: meta.NumPending}
	var err error
	if a.entry, err = parseEntry(data); err != nil {
		a.strange = append([]byte{}, data[:min(len(data), maxStrange)]...)
		return a, nil
	}
	if compared := s.compared.Load(); compared != nil {
		a.known = compared.came(a.entry)
	}
	return a, s.f(0, a.entry)
}

// writeAll writes what came to this node's copy. A disk that is full doesn't keep lookups from
// honouring what others have received.
func (s *following) writeAll(ctx context.Context) error {
	for {
		select {
		case first := <-s.queue:
			if err := s.write(ctx, s.gather(first)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gather takes what is waiting.
func (s *following) gather(first arrival) []arrival {
	batch := []arrival{first}
	for len(batch) < maxCommit {
		select {
		case a := <-s.queue:
			batch = append(batch, a)
		default:
			return batch
		}
	}
	return batch
}

func (s *following) write(ctx context.Context, batch []arrival) error {
	strange := 0
	for i := range batch {
		if batch[i].strange != nil {
			strange++
		}
	}
	if err := s.log.local.appendArrivals(ctx, batch); err != nil {
		return err
	}
	s.log.strange.Add(uint64(strange))
	last := &batch[len(batch)-1]
	s.log.toCome.Store(last.pending)
	s.at.Store(&last.at)
	s.cells.Store(s.log.local.end.Load())
	s.written.Store(last.at.position)
	s.progress.ring()
	return nil
}

// watch looks at the stream now and then, and when somebody has a reason. What the copy has of it
// is durable at once, but that it has, only when the stream was seen to have it still: else the
// copy might go on from a position that means something else by now.
func (s *following) watch(ctx context.Context) error {
	conn := s.log.js.Conn()
	disconnected := conn.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer conn.RemoveStatusListener(disconnected)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for failures := 0; ; {
		asker := ""
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-disconnected:
			return s.log.away()
		case <-tick.C:
		case <-s.log.doubts:
		case asker = <-s.log.askers:
		}
		given := s.given.Load() // before the look
		switch err := s.look(ctx); {
		case errors.Is(err, errOtherStream), errors.Is(err, ErrStream), errors.Is(err, errStalled):
			return err
		case err != nil:
			if failures++; failures == maxFailures {
				return err
			}
		default:
			failures = 0
			if asker != "" && given {
				s.log.answer(asker, answerDone)
			}
		}
	}
}

// maxFailures is how many times in a row the servers may fail to answer a question about the
// stream.
const maxFailures = 3

// errStalled: see stalls.
var errStalled = errors.New("optout: the stream goes on, and nothing comes of it; it is read again")

// look compares the stream with the copy.
func (s *following) look(ctx context.Context) error {
	cells := s.cells.Load() // before the place: it belongs to this one or an earlier one
	end := *s.at.Load()
	ends := []place{end}
	if s.verified != end {
		ends = append(ends, s.verified)
	}
	seen, err := s.log.compare(ctx, s.identity, ends)
	if err != nil {
		return err
	}
	if s.stalls(seen) {
		return errStalled
	}
	s.verified = end
	return s.store(ctx, end, cells)
}

// lastLook is one before the log is closed, so that the next start needn't read again what came
// since the one before.
func (s *following) lastLook() {
	if s.log.connected() == nil {
		ctx, cancel := context.WithTimeout(context.Background(), lookEvery)
		defer cancel()
		_ = s.look(ctx)
	}
}

// store keeps how far the copy goes, once the stream has all of it.
func (s *following) store(ctx context.Context, end place, cells uint64) error {
	if end == s.stored || !s.given.Load() {
		return nil
	}
	if err := s.log.local.setPlace(ctx, end, cells); err != nil {
		return err
	}
	s.stored = end
	return nil
}

// maxStalled is how many looks may find nothing new, although there is.
const maxStalled = 5

// stalls reports whether nothing has come for some time, although there is something.
func (s *following) stalls(seen sighting) bool {
	read := s.read.Load()
	if read >= seen.last || read != s.lookedAt {
		s.stalled = 0
	} else {
		s.stalled++
	}
	s.lookedAt = read
	return s.stalled >= maxStalled
}

// end lets those go who wait for what doesn't come any more.
func (s *following) end() {
	s.over.Store(true)
	s.progress.ring()
}
