//go:build go1.25

package optout

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// published records what was sent to fake servers.
type published struct {
	mu      sync.Mutex
	entries []Entry
	fail    error
	ack     func(e Entry) *jetstream.PubAck // returns the acknowledgement; nil for a new position each time
}

func (s *servers) Publish(ctx context.Context, subject string, payload []byte, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	s.published.mu.Lock()
	defer s.published.mu.Unlock()
	e, err := parseEntry(payload)
	if _, bounded := ctx.Deadline(); err != nil || !bounded || subject != "uid2.optouts" {
		return nil, errors.Join(errors.New("wrongly published"), err)
	}
	if s.published.fail != nil {
		return nil, s.published.fail
	}
	s.published.entries = append(s.published.entries, e)
	if s.published.ack != nil {
		return s.published.ack(e), nil
	}
	return &jetstream.PubAck{Sequence: s.info.State.LastSeq + uint64(len(s.published.entries)), Duplicate: true}, nil
}

// fakeMessage is a message of a stream.
type fakeMessage struct {
	jetstream.Msg
	data []byte
	meta *jetstream.MsgMetadata
}

func (m fakeMessage) Data() []byte { return m.data }

func (m fakeMessage) Metadata() (*jetstream.MsgMetadata, error) {
	if m.meta == nil {
		return nil, errDown
	}
	return m.meta, nil
}

// messages are the messages of a stream, followed by an error.
type messages []fakeMessage

func (m *messages) Next(...jetstream.NextOpt) (jetstream.Msg, error) {
	if len(*m) == 0 {
		return nil, errDown
	}
	next := (*m)[0]
	*m = (*m)[1:]
	return next, nil
}

func (m *messages) Stop()  {}
func (m *messages) Drain() {}

// numberedMessage returns message n of a run, at a position, with pending messages after it.
func numberedMessage(t *testing.T, n, position, pending uint64) fakeMessage {
	e := Entry{*alike(t, position, 32), int64(position) * 1000, 1}
	return fakeMessage{data: e.append(nil), meta: &jetstream.MsgMetadata{
		Sequence: jetstream.SequencePair{Consumer: n, Stream: position}, NumPending: pending, Timestamp: time.Unix(int64(position), 0),
	}}
}

// TestReadAll: what arrives is visible to look-ups before it goes on to the copy, in order; a
// missing message is noticed.
func TestReadAll(t *testing.T) {
	s := followingOf(t, serversWith(9))
	var known []uint64
	s.f = func(_ uint64, e Entry) error {
		known = append(known, uint64(e.SinceMs/1000))
		return nil
	}
	s.stream.last = 9
	rung := s.progress.next()
	all := messages{numberedMessage(t, 1, 3, 2), numberedMessage(t, 2, 5, 1)}
	if err := s.readAll(t.Context(), &all); !errors.Is(err, errDown) || s.read.Load() != 5 || len(s.queue) != 2 || len(known) != 2 || known[0] != 3 || known[1] != 5 {
		t.Errorf("%v, read up to %d, %d on their way, known %v", err, s.read.Load(), len(s.queue), known)
	}
	<-rung
	if a := <-s.queue; a.at != placeAt(3) || a.pending != 2 {
		t.Errorf("%+v", a)
	}
	all = messages{numberedMessage(t, 1, 7, 0)} // what was after it is gone
	if err := s.readAll(t.Context(), &all); !errors.Is(err, errDown) || s.read.Load() != 9 {
		t.Errorf("%v, read up to %d", err, s.read.Load())
	}
	all = messages{numberedMessage(t, 1, 12, 0)}
	if err := s.readAll(t.Context(), &all); !errors.Is(err, errDown) || s.read.Load() != 12 {
		t.Errorf("%v, read up to %d", err, s.read.Load())
	}
	for name, lost := range map[string]messages{
		"the first one": {numberedMessage(t, 2, 13, 5)}, "one between": {numberedMessage(t, 1, 13, 5), numberedMessage(t, 3, 15, 3)},
	} {
		if err := s.readAll(t.Context(), &lost); !errors.Is(err, errGap) {
			t.Errorf("%s is lost: %v", name, err)
		}
	}
	all = messages{{}}
	if err := s.readAll(t.Context(), &all); !errors.Is(err, errDown) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.queue = make(chan arrival) // nobody reads it
	all = messages{numberedMessage(t, 1, 20, 0)}
	before := s.read.Load()
	if err := s.readAll(ctx, &all); !errors.Is(err, context.Canceled) || s.read.Load() != before {
		t.Errorf("%v, read up to %d", err, s.read.Load())
	}
	if s.end(); !s.over.Load() {
		t.Error("it has not ended")
	}
}

// TestWatch: a stream that isn't what it was ends the run at once; servers that don't answer end it
// after some checks.
func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*servers)
		want   error
		looks  int
	}{
		"another stream": {func(s *servers) { s.info.Created = time.Unix(6, 0) }, errOtherStream, 1},
		"it forgets":     {func(s *servers) { withAge(s) }, ErrStream, 1},
		"no answer":      {func(s *servers) { s.err = errDown }, errDown, maxFailures},
	} {
		synctest.Test(t, func(t *testing.T) {
			servers := serversWith(9)
			s := followingOf(t, servers)
			s.read.Store(9)
			ended := make(chan error, 1)
			go func() { ended <- s.watch(t.Context()) }()
			time.Sleep(10*lookEvery + lookEvery/2)
			synctest.Wait()
			if len(ended) > 0 {
				t.Fatalf("%s: it ended early: %v", name, <-ended)
			}
			if servers.asked != 10 {
				t.Errorf("%s: looked at %d times in %v", name, servers.asked, 10*lookEvery)
			}
			c.change(servers)
			servers.asked = 0
			look := func(times int) {
				for range times {
					if len(ended) > 0 {
						t.Errorf("%s: too early", name)
						return
					}
					s.log.doubt()
					synctest.Wait()
				}
			}
			if c.looks == maxFailures { // in a row
				look(maxFailures - 1)
				servers.err = nil
				look(1)
				servers.err, servers.asked = errDown, 0
			}
			look(c.looks)
			if err := <-ended; !errors.Is(err, c.want) || servers.asked != c.looks {
				t.Errorf("%s: %v after %d looks", name, err, servers.asked)
			}
			s.log.local.Close()
		})
	}
}

// TestRefill: what the copy has and the stream lacks is published, each entry once.
func TestRefill(t *testing.T) {
	servers := serversWith(9)
	s := followingOf(t, servers)
	if err := s.log.local.AppendAll(t.Context(), entriesOf(t, 1, 6)); err != nil {
		t.Fatal(err)
	}
	c := &comparison{copy: NewIndex(), stream: NewIndex(), whole: true}
	c.stream.Add(*alike(t, 2, 32), 2)
	c.stream.Add(*alike(t, 5, 32), 5000)
	if err := s.refill(t.Context(), c); err != nil {
		t.Error(err)
	}
	var numbers [7]int
	for _, e := range servers.published.entries {
		numbers[e.SinceMs]++
	}
	if numbers != [7]int{1: 1, 3: 1, 4: 1, 6: 1} || s.log.fleet().refilled != 4 {
		t.Errorf("published %v, %+v", numbers, s.log.fleet())
	}
	servers.published.fail = errDown
	if err := s.refill(t.Context(), c); !errors.Is(err, errDown) || s.log.fleet().refilled != 4 {
		t.Errorf("%v, %+v", err, s.log.fleet())
	}
}

// TestCatchUpAgain: if a node is synced and its stream is the one of its copy, the stream has
// everything as soon as everything has arrived.
func TestCatchUpAgain(t *testing.T) {
	s := followingOf(t, serversWith(9))
	s.stream.last = 9
	s.read.Store(9)
	s.log.synced.Store(true)
	caughtUp := 0
	s.events.CaughtUp = func() { caughtUp++ }
	if err := s.catchUp(t.Context()); err != nil || !s.given.Load() || caughtUp != 0 {
		t.Errorf("%v, given %v, caught up %d times", err, s.given.Load(), caughtUp)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.read.Store(8)
	s.given.Store(false)
	if err := s.catchUp(ctx); !errors.Is(err, context.Canceled) || s.given.Load() {
		t.Errorf("%v before all has come", err)
	}
}

// TestAppendToAStream: an entry is acknowledged once the servers have it, and sent again if the
// stream seems to have lost messages in the meantime.
func TestAppendToAStream(t *testing.T) {
	servers := serversWith(9)
	s := followingOf(t, servers)
	l := s.log
	l.begin(s)
	e := Entry{*alike(t, 1, 32), 5000, 6000}
	if err := l.Append(t.Context(), e); err != nil || len(servers.published.entries) != 1 || servers.published.entries[0] != e {
		t.Errorf("%v, %+v", err, servers.published.entries)
	}
	if n := l.local.end.Load(); n != 1 {
		t.Errorf("%d in the copy", n)
	}
	suspicions := 2
	servers.published.ack = func(Entry) *jetstream.PubAck {
		if suspicions > 0 {
			suspicions--
			l.suspected.Add(1)
		}
		return &jetstream.PubAck{Duplicate: true}
	}
	if err := l.Append(t.Context(), e); err != nil || len(servers.published.entries) != 4 {
		t.Errorf("%v, %d published", err, len(servers.published.entries))
	}
	servers.published.fail = errDown
	if err := l.Append(t.Context(), e); !errors.Is(err, errDown) || len(l.doubts) != 1 {
		t.Errorf("%v, %d doubts", err, len(l.doubts))
	}
	l.local.state.set(ErrReplaced)
	servers.published.fail = nil
	before := len(servers.published.entries)
	if err := l.Append(t.Context(), e); !errors.Is(err, ErrReplaced) || len(servers.published.entries) != before {
		t.Errorf("%v: published although the copy is permanently gone", err)
	}
}

// TestStreamsLog: what the stream doesn't have is in the copy.
func TestStreamsLog(t *testing.T) {
	s := followingOf(t, serversWith(9))
	l := s.log
	if err := errors.Join(l.local.AppendAll(t.Context(), entriesOf(t, 1, 3)), l.Quarantine(t.Context(), []byte("value"), 7)); err != nil {
		t.Fatal(err)
	}
	values := 0
	if err := l.local.Quarantined(t.Context(), func(receivedMs int64, what []byte) error {
		if values++; receivedMs != 7 || !bytes.Equal(what, []byte("value")) {
			t.Errorf("%q at %d", what, receivedMs)
		}
		return nil
	}); err != nil || values != 1 {
		t.Errorf("%d values, %v", values, err)
	}
	if last, err := l.last(); last != 4 || err != nil {
		t.Errorf("%d, %v", last, err)
	}
	entries := 0
	if err := l.Replay(t.Context(), 1, func(uint64, Entry) error { entries++; return nil }); err != nil || entries != 2 {
		t.Errorf("%d entries behind the first, %v", entries, err)
	}
	if n := l.commitLatency().Count; n != 2 {
		t.Errorf("%d commits", n)
	}
	if snap, err := l.openSnapshot(); snap != nil || err != nil {
		t.Errorf("a snapshot: %v", err)
	}
	x := NewIndex()
	x.Add(*alike(t, 1, 32), 1000)
	if err := l.saveSnapshot(t.Context(), x, 4); err != nil {
		t.Fatal(err)
	}
	snap, err := l.openSnapshot()
	if err != nil || snap.covers() != 4 {
		t.Fatalf("%v", err)
	}
	snap.close()
	if _, ok := l.seed(); ok {
		t.Error("it has hashes")
	}
	if err := l.eachHash(t.Context(), func(uint64, uint32) { t.Error("a hash") }); err != nil {
		t.Error(err)
	}
	<-l.opened()
	var told error
	l.onState(func(err error) { told = err })
	if _, err := l.local.file.WriteAt([]byte{1}, offset(2)+20); err != nil {
		t.Fatal(err)
	}
	if err := l.scrub(t.Context(), true); !errors.Is(err, ErrDamaged) || !errors.Is(told, ErrDamaged) || !errors.Is(l.checkState(), ErrDamaged) {
		t.Errorf("%v, told %v, %v", err, told, l.checkState())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.local.Append(t.Context(), Entry{}); !errors.Is(err, ErrClosed) {
		t.Errorf("the copy is still open: %v", err)
	}
}
