//go:build go1.25

package optout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestMessageID: a different opt-out or stream gives a different id. The time of receipt doesn't
// matter, and the id reveals nothing of the raw UID.
func TestMessageID(t *testing.T) {
	e := Entry{*alike(t, 0x4242424242424242, 32), 5000, 1}
	id := e.messageID(7)
	if again := e; len(id) != 32 || again.messageID(7) != id || strings.Contains(id, "4242") {
		t.Error(id)
	}
	later := Entry{e.UID, e.SinceMs, 99}
	if later.messageID(7) != id {
		t.Error("the time of receipt changes it")
	}
	other, since := Entry{*alike(t, 1, 32), 5000, 1}, Entry{e.UID, 5001, 1}
	for name, another := range map[string]string{"a user": other.messageID(7), "a time": since.messageID(7), "a stream": e.messageID(8)} {
		if another == id {
			t.Errorf("%s makes no difference", name)
		}
	}
}

// TestMayPass: errors that the election of a new leader causes may pass; refusals by the servers
// don't.
func TestMayPass(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, nats.ErrTimeout, jetstream.ErrNoStreamResponse, nats.ErrNoResponders} {
		if !mayPass(fmt.Errorf("it is so: %w", err)) {
			t.Error(err)
		}
	}
	for _, err := range []error{context.Canceled, errDown, jetstream.ErrStreamNotFound, &jetstream.APIError{Code: 503}} {
		if mayPass(err) {
			t.Error(err)
		}
	}
}

// TestComparison: the stream has an entry if it has one of the same user that isn't earlier, in
// whole seconds.
func TestComparison(t *testing.T) {
	a, b := *alike(t, 1, 32), *alike(t, 2, 32)
	c := &comparison{copy: NewIndex(), stream: NewIndex()}
	c.copy.Add(a, 5999)
	for since, want := range map[int64]bool{-1: true, 0: true, 5000: true, 5999: true, 6000: false} {
		if isIn(c.copy, Entry{UID: a, SinceMs: since}) != want || isIn(c.copy, Entry{UID: b, SinceMs: since}) {
			t.Errorf("since %d", since)
		}
		if c.came(Entry{UID: a, SinceMs: since}) != want {
			t.Errorf("came, since %d", since)
		}
	}
	if c.came(Entry{UID: b, SinceMs: 1000}) || !isIn(c.stream, Entry{UID: b, SinceMs: 1000}) || !isIn(c.stream, Entry{UID: a, SinceMs: 6000}) {
		t.Error("what came isn't in the stream")
	}
	if c.copy.Len() != 1 {
		t.Error("what came is in the copy")
	}
}

// TestStalls: a run ends if the stream has more than has arrived, check after check, but not if
// something arrives.
func TestStalls(t *testing.T) {
	var s following
	look := func(read, last uint64, want bool) {
		t.Helper()
		s.read.Store(read)
		if got := s.stalls(sighting{last: last}); got != want {
			t.Errorf("read %d of %d: %v, %d times", read, last, got, s.stalled)
		}
	}
	look(10, 20, false) // something arrived since the last check
	for range maxStalled - 1 {
		look(10, 20, false)
	}
	look(10, 20, true)
	look(11, 20, false)
	for range maxStalled - 1 {
		look(11, 12, false)
	}
	look(11, 11, false) // there is nothing more
	look(11, 12, false)
	if s.stalled != 1 {
		t.Errorf("%d times", s.stalled)
	}
	look(13, 12, false) // the check is older
	if s.stalled != 0 {
		t.Errorf("%d times", s.stalled)
	}
}

// TestRoll: nodes that are done or silent aren't waited for.
func TestRoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if !(roll{}).allDone() {
			t.Error("somebody waits for nobody")
		}
		r := roll{"a": {heard: time.Now(), done: true}, "b": {heard: time.Now()}}
		if r.allDone() {
			t.Error("b isn't done")
		}
		time.Sleep(silentFor - time.Nanosecond)
		if r.allDone() {
			t.Error("b isn't silent for long")
		}
		time.Sleep(time.Nanosecond)
		if !r.allDone() {
			t.Error("b is silent")
		}
		r["b"].heard = time.Now()
		if r["b"].done = true; !r.allDone() {
			t.Error("b is done")
		}
	})
}

// TestMessageArrives: a message is either an entry, which look-ups see at once, or a foreign
// message, of which the first bytes are kept.
func TestMessageArrives(t *testing.T) {
	var known []Entry
	failure := error(nil)
	s := &following{identity: 3, f: func(number uint64, e Entry) error {
		if number != 0 {
			t.Errorf("number %d", number)
		}
		known = append(known, e)
		return failure
	}}
	meta := &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: 7, Consumer: 1}, Timestamp: time.Unix(0, 99), NumPending: 5}
	e := Entry{*alike(t, 1, 32), 5000, 1}
	a, err := s.arrived(e.append(nil), meta)
	if err != nil || a.entry != e || a.foreign != nil || a.known || a.at != (place{3, 7, 99}) || a.pending != 5 || len(known) != 1 || known[0] != e {
		t.Errorf("%+v, %v; known %v", a, err, known)
	}
	c := &comparison{copy: NewIndex(), stream: NewIndex()}
	s.compared.Store(c)
	if a, _ := s.arrived(e.append(nil), meta); a.known {
		t.Error("the copy lacks it")
	}
	c.copy.Add(e.UID, e.SinceMs)
	if a, _ := s.arrived(e.append(nil), meta); !a.known {
		t.Error("the copy has it")
	}
	failure = errDown
	if _, err := s.arrived(e.append(nil), meta); !errors.Is(err, errDown) {
		t.Error(err)
	}
	before := len(known)
	for size, want := range map[int]int{0: 0, 47: 47, maxForeign: maxForeign, maxForeign + 1: maxForeign} {
		data := bytes.Repeat([]byte("x"), size)
		a, err := s.arrived(data, meta)
		if err != nil || a.foreign == nil || !bytes.Equal(a.foreign, data[:want]) || a.at.position != 7 || a.pending != 5 {
			t.Errorf("%d bytes: %d kept, %v", size, len(a.foreign), err)
		}
		clear(data) // it belongs to the connection
		if bytes.Contains(a.foreign, []byte{0}) {
			t.Error("it isn't a copy")
		}
	}
	if len(known) != before {
		t.Error("a foreign message became an opt-out")
	}
}

// followingOf returns a run over a stream with 9 messages, with a new file.
func followingOf(t *testing.T, s *servers) *following {
	t.Helper()
	file, err := OpenFile(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	f := &following{log: newJetStream(s, StreamConfig{}, file), identity: 5_000_000_000, queue: make(chan arrival, maxCommit)}
	f.at.Store(&place{stream: f.identity})
	f.verified, f.stored = *f.at.Load(), *f.at.Load()
	return f
}

// TestCopyIsWritten: what arrived is in the copy, except for what it had already and for foreign
// messages, which are quarantined.
func TestCopyIsWritten(t *testing.T) {
	s := followingOf(t, serversWith(9))
	at := func(position uint64) arrival {
		return arrival{entry: Entry{*alike(t, position, 32), 1000, 1}, at: placeAt(position), pending: 9 - position}
	}
	batch := []arrival{at(1), {foreign: []byte("stranger"), at: placeAt(2)}, at(3)}
	batch[2].known = true
	rung := s.progress.next()
	if err := s.write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	<-rung
	if s.written.Load() != 3 || *s.at.Load() != placeAt(3) || s.log.fleet() != (fleetStats{pending: 6, foreign: 1}) {
		t.Errorf("written up to %d, %+v, %+v", s.written.Load(), *s.at.Load(), s.log.fleet())
	}
	if err := s.write(t.Context(), []arrival{batch[2]}); err != nil { // nothing of it is new
		t.Fatal(err)
	}
	for n := uint64(4); n < 8; n++ {
		s.queue <- at(n)
	}
	if batch = s.gather(<-s.queue); len(batch) != 4 || batch[0].at.position != 4 || batch[3].at.position != 7 {
		t.Fatalf("%d gathered", len(batch))
	}
	if err := s.write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	if err := s.log.Replay(t.Context(), 0, func(_ uint64, e Entry) error {
		for n := range uint64(10) {
			if e.UID == *alike(t, n, 32) {
				numbers = append(numbers, n)
			}
		}
		return nil
	}); err != nil || fmt.Sprint(numbers) != "[1 4 5 6 7]" {
		t.Errorf("%v, %v", numbers, err)
	}
	var strangers []string
	if err := s.log.local.Quarantined(t.Context(), func(_ int64, what []byte) error {
		strangers = append(strangers, string(what))
		return nil
	}); err != nil || len(strangers) != 1 || strangers[0] != "stranger" {
		t.Errorf("%q, %v", strangers, err)
	}
	s.log.local.Close()
	if err := s.write(t.Context(), []arrival{at(8)}); !errors.Is(err, ErrClosed) || s.written.Load() != 7 {
		t.Errorf("%v, written up to %d", err, s.written.Load())
	}
}

// TestPlaceIsKept: how far the copy goes is recorded once the stream was seen to have all of it,
// and has everything that the copy has.
func TestPlaceIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := serversWith(9)
		s := followingOf(t, servers)
		kept := func(note string, want place, cells uint64) {
			t.Helper()
			at, placed, err := s.log.local.place()
			if at != want || placed != cells || err != nil {
				t.Errorf("%s: %+v, %d, %v", note, at, placed, err)
			}
		}
		end := placeAt(4)
		s.at.Store(&end)
		s.cells.Store(3)
		s.read.Store(9)
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept("before the stream has what the copy has", place{}, 0)
		s.given.Store(true)
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept("then", end, 3)
		gone := placeAt(12)
		s.at.Store(&gone)
		if err := s.look(t.Context()); !errors.Is(err, errOtherStream) {
			t.Error(err)
		}
		kept("after the stream lost its end", end, 3)
		further := placeAt(9)
		s.at.Store(&further)
		delete(servers.messages, 4)
		if err := s.look(t.Context()); !errors.Is(err, errOtherStream) {
			t.Errorf("what the stream had at the last look is gone: %v", err)
		}
		servers.messages[4] = time.Unix(4, 0)
		s.read.Store(5)
		for n := range maxStalled + 1 {
			if err := s.look(t.Context()); errors.Is(err, errStalled) != (n == maxStalled) {
				t.Errorf("look %d: %v", n, err)
			}
		}
		s.log.local.Close()
	})
}

// TestCopied: an entry that the servers have comes back through the stream, or is written to the
// copy directly.
func TestCopied(t *testing.T) {
	for name, c := range map[string]struct {
		ack            jetstream.PubAck
		before         uint64
		comes, over    bool
		written, doubt bool
		waits          time.Duration
	}{
		"it comes":                        {jetstream.PubAck{Sequence: 5}, 4, true, false, false, false, 0},
		"it doesn't come":                 {jetstream.PubAck{Sequence: 5}, 4, false, false, true, false, copyTimeout},
		"the reading ends":                {jetstream.PubAck{Sequence: 5}, 4, false, true, true, false, 0},
		"the servers had it":              {jetstream.PubAck{Sequence: 5, Duplicate: true}, 4, true, false, true, false, 0},
		"the servers had it long ago":     {jetstream.PubAck{Sequence: 3, Duplicate: true}, 4, true, false, true, false, 0},
		"a position that was passed":      {jetstream.PubAck{Sequence: 3}, 4, true, false, true, true, 0},
		"the position that was read last": {jetstream.PubAck{Sequence: 4}, 4, true, false, true, true, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := followingOf(t, serversWith(9))
			if c.comes {
				s.written.Store(5)
			}
			s.over.Store(c.over)
			e := Entry{*alike(t, 1, 32), 1000, 1}
			start := time.Now()
			s.log.copied(t.Context(), s, &e, &c.ack, c.before)
			if took := time.Since(start); took != c.waits {
				t.Errorf("%s: waited %v", name, took)
			}
			if written := s.log.local.end.Load() == 1; written != c.written || len(s.log.doubts) == 1 != c.doubt {
				t.Errorf("%s: written %v, %d doubts", name, written, len(s.log.doubts))
			}
			s.log.local.Close()
		})
	}
}

// TestLosses: a loss is reported once until the store is synced again, and counted once per stream,
// unless the copy was new to it.
func TestLosses(t *testing.T) {
	l := newJetStream(serversWith(0), StreamConfig{}, nil)
	told := 0
	events := FollowEvents{Lost: func() { told++ }}
	l.lost(events)
	if told != 0 || l.suspected.Load() != 1 {
		t.Error("a loss is told before the store is synced, or isn't suspected")
	}
	l.synced.Store(true)
	l.lost(events)
	l.lost(events)
	if told != 1 || l.synced.Load() || l.suspected.Load() != 3 {
		t.Errorf("told %d times, suspected %d times", told, l.suspected.Load())
	}
	for _, c := range []struct {
		copy, seen int64
		want       uint64
	}{{0, 5, 0}, {4, 5, 1}, {4, 5, 1}, {4, 6, 2}, {0, 7, 2}} {
		if l.countLoss(place{stream: c.copy}, sighting{identity: c.seen}); l.fleet().losses != c.want {
			t.Errorf("%d losses after a copy of %d saw %d", l.fleet().losses, c.copy, c.seen)
		}
	}
}

// TestPrepare: a copy continues where it ends in its stream; another stream is read from its start,
// and compared with the copy.
func TestPrepare(t *testing.T) {
	for name, c := range map[string]struct {
		kept   place
		cells  uint64
		from   uint64
		lost   bool
		losses uint64
	}{
		"its stream":                        {placeAt(4), 1, 4, false, 0},
		"its stream, more behind its place": {placeAt(4), 0, 4, false, 0},
		"a new copy":                        {place{}, 0, 0, true, 0},
		"another stream":                    {place{4_000_000_000, 4, 4_000_000_000}, 1, 0, true, 1},
		"a lost end":                        {placeAt(20), 1, 0, true, 1},
		"nothing yet in it":                 {placeAt(0), 1, 0, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			file, err := OpenFile(filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			e := Entry{*alike(t, 1, 32), 1000, 1}
			if err := errors.Join(file.Append(t.Context(), e), file.setPlace(t.Context(), c.kept, c.cells)); err != nil {
				t.Fatal(err)
			}
			l := newJetStream(serversWith(9), StreamConfig{}, file)
			l.synced.Store(true)
			told := 0
			s, err := l.prepare(t.Context(), nil, FollowEvents{Lost: func() { told++ }})
			if err != nil {
				t.Fatal(name, err)
			}
			if s.from != c.from || s.read.Load() != c.from || s.written.Load() != c.from || s.at.Load().position != c.from ||
				s.at.Load().stream != 5_000_000_000 || s.identity != 5_000_000_000 || s.verified != *s.at.Load() || s.stored != c.kept || s.stream.last != 9 {
				t.Errorf("%s: %+v", name, s)
			}
			compared := s.compared.Load()
			if (compared != nil) != (c.lost || c.cells == 0) || l.losses.Load() != c.losses || told == 1 != c.lost {
				t.Errorf("%s: compared %v, %d losses, told %d times", name, compared, l.losses.Load(), told)
			}
			if compared != nil && (!isIn(compared.copy, e) || compared.whole != c.lost || compared.cells != 0 || compared.stream.Len() != 0) {
				t.Errorf("%s: the comparison hasn't what the copy has", name)
			}
		})
	}
}

// TestNotReached: while the stream can't be reached, the log says why at once, without waiting, and
// accepts nothing.
func TestNotReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := followingOf(t, serversWith(9))
		l := s.log
		start := time.Now()
		if err := l.Append(t.Context(), Entry{UID: *alike(t, 1, 32)}); !errors.Is(err, errNotYet) || !errors.Is(err, ErrUnreachable) || time.Since(start) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		rung := l.changed.next()
		l.begin(s)
		<-rung
		if got, err := l.reached(t.Context()); got != s || err != nil {
			t.Errorf("%v, %v", got, err)
		}
		rung = l.changed.next()
		l.end(errDown)
		<-rung
		if got, err := l.reached(t.Context()); got != nil || !errors.Is(err, errDown) {
			t.Errorf("%v, %v", got, err)
		}
		for range 3 {
			l.doubt() // it doesn't block
		}
		if len(l.doubts) != 1 {
			t.Errorf("%d doubts", len(l.doubts))
		}
		if err := l.connected(); !errors.Is(err, ErrUnreachable) {
			t.Error(err)
		}
		l.local.Close()
	})
}
