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

// following is one run of reading the stream, from where this node's copy ends until there is an
// error. Three goroutines work on it: one makes what arrives visible to look-ups, one writes it to
// the copy, and one checks the stream periodically. Until the node is synced, a fourth one compares
// the stream with the copy and asks the other nodes.
type following struct {
	log      *JetStream
	f        func(number uint64, e Entry) error
	events   FollowEvents
	stream   sighting // as it was at the start
	identity int64    // of the stream
	from     uint64   // position where the copy ended

	compared atomic.Pointer[comparison] // nil if the copy has nothing that the stream may lack
	given    atomic.Bool                // the stream has everything that the copy has

	queue    chan arrival
	read     atomic.Uint64         // look-ups see what arrived up to this position
	written  atomic.Uint64         // the copy has what arrived up to this position
	at       atomic.Pointer[place] // the place that corresponds to written
	cells    atomic.Uint64         // number of cells of the copy at that time, or before
	over     atomic.Bool
	progress signal // rings when one of these changes

	// Used by watch only.
	verified place  // the end of the copy that the stream was last seen to have
	stored   place  // the place that is recorded in the copy's file
	lookedAt uint64 // read at the last check
	stalled  int    // number of checks in a row without progress although there was more to read
}

// arrival is a message of the stream.
type arrival struct {
	entry   Entry
	foreign []byte // a message that isn't an entry; nil if it is one
	known   bool   // the copy has it
	at      place
	pending uint64 // number of messages after it
}

const (
	// heartbeat is how often the stream's servers report that they are alive. If two are
	// missing, reading starts again.
	heartbeat = time.Second
	// pullMessages and pullBytes limit what a server sends before it is asked for more.
	pullMessages, pullBytes = 1024, 4 << 20
	// maxForeign is how many bytes are kept of a message that isn't an entry.
	maxForeign = 1 << 10
)

// errGap: messages that the servers sent didn't arrive.
var errGap = errors.New("optout: messages of the stream were lost in transit; they will be read again")

// run reads the stream until there is an error.
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
	s.events.Unreachable(nil)
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

// messages requests the stream from where the copy ends.
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
	s.log.pending.Store(pending)
	if pending == 0 {
		s.read.Store(s.stream.last)
	}
	return consumer.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(pullMessages, max(pullBytes, 2*int(s.log.js.Conn().MaxPayload()))),
		jetstream.PullHeartbeat(heartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
}

// readAll makes what arrives visible to look-ups, and passes it on to the copy.
func (s *following) readAll(ctx context.Context, messages jetstream.MessagesContext) error {
	for number := uint64(1); ; number++ {
		message, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("optout: nothing can be received from the stream: %w", err)
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
			s.read.Store(max(a.at.position, s.stream.last)) // what was after it is gone
		}
		s.progress.ring()
	}
}

// arrived makes a message visible to look-ups.
func (s *following) arrived(data []byte, meta *jetstream.MsgMetadata) (arrival, error) {
	a := arrival{at: place{s.identity, meta.Sequence.Stream, meta.Timestamp.UnixNano()}, pending: meta.NumPending}
	var err error
	if a.entry, err = parseEntry(data); err != nil {
		a.foreign = append([]byte{}, data[:min(len(data), maxForeign)]...)
		return a, nil
	}
	if compared := s.compared.Load(); compared != nil {
		a.known = compared.came(a.entry)
	}
	return a, s.f(0, a.entry)
}

// writeAll writes what arrived to this node's copy. It is separate, so that a full disk doesn't
// stop look-ups from honoring opt-outs that other nodes received.
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

// gather collects the arrivals that are waiting.
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
	foreign := 0
	for i := range batch {
		if batch[i].foreign != nil {
			foreign++
		}
	}
	if err := s.log.local.appendArrivals(ctx, batch); err != nil {
		return err
	}
	s.log.foreign.Add(uint64(foreign))
	last := &batch[len(batch)-1]
	s.log.pending.Store(last.pending)
	s.at.Store(&last.at)
	s.cells.Store(s.log.local.end.Load())
	s.written.Store(last.at.position)
	s.progress.ring()
	return nil
}

// watch checks the stream periodically, and whenever there is a reason to. What the copy has of the
// stream is durable at once, but how far the copy goes is only recorded once the stream was seen to
// still have it: otherwise the copy might continue from a position that means something else by
// now.
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
			return s.log.unreachable()
		case <-tick.C:
		case <-s.log.doubts:
		case asker = <-s.log.askers:
		}
		given := s.given.Load() // before the check
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
				s.log.answer(asker, answerDone, ofStream(s.identity))
			}
		}
	}
}

// maxFailures is how often in a row the servers may fail to answer a request for the state of the
// stream.
const maxFailures = 3

// errStalled: there is no progress, see stalls.
var errStalled = errors.New("optout: the stream has more messages, but none arrive; it will be read again")

// look checks that the stream still has what the copy has.
func (s *following) look(ctx context.Context) error {
	cells := s.cells.Load() // loaded before the place, so that it belongs to that one or an earlier one
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

// lastLook checks the stream once more before the log is closed, so that the next start needn't
// read again what arrived since the last check.
func (s *following) lastLook() {
	if s.log.connected() == nil {
		ctx, cancel := context.WithTimeout(context.Background(), lookEvery)
		defer cancel()
		_ = s.look(ctx)
	}
}

// store records how far the copy goes, once the stream has everything that the copy has.
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

// maxStalled is the number of checks in a row that may find no progress although there is more to
// read.
const maxStalled = 5

// stalls reports whether nothing has arrived for some time although there is more to read.
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

// end releases those who wait for what won't arrive any more.
func (s *following) end() {
	s.over.Store(true)
	s.progress.ring()
}
