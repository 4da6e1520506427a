//go:build go1.25

package optout

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestStreamConfigDefaults: unset fields have defaults, and set ones stay.
func TestStreamConfigDefaults(t *testing.T) {
	for _, c := range []struct{ say, want StreamConfig }{
		{StreamConfig{}, StreamConfig{"OPTOUTS", "uid2.optouts", 1}},
		{StreamConfig{Name: "N"}, StreamConfig{"N", "uid2.optouts", 1}},
		{StreamConfig{Subject: "s", Replicas: 3}, StreamConfig{"OPTOUTS", "s", 3}},
	} {
		if got := c.say.WithDefaults(); got != c.want {
			t.Errorf("%+v: %+v", c.say, got)
		}
	}
}

// TestImpossibleStreams: no server takes them, so a node doesn't wait for one that does.
func TestImpossibleStreams(t *testing.T) {
	for says, config := range map[string]StreamConfig{
		"-1 replicas": {Replicas: -1}, "1 to 5": {Replicas: 6}, "name": {Name: "opt.outs"}, "a space": {Name: "opt outs"},
		"subject": {Subject: "optouts.>"}, "words": {Subject: ".optouts"}, "dots": {Subject: "opt outs"},
	} {
		if l, err := NewJetStream(serversWith(0), config, nil); l != nil || !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", config, err)
		}
		if l, err := ConnectJetStream(Servers{URLs: "nats://127.0.0.1:1"}, config, nil); l != nil || !errors.Is(err, ErrOption) {
			t.Errorf("%+v, connected: %v", config, err)
		}
	}
	for _, config := range []StreamConfig{{}, {Name: "OPT_OUTS-1", Subject: "a.b.c", Replicas: 5}} {
		if l, err := NewJetStream(serversWith(0), config, nil); l == nil || err != nil {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

// TestStreamMade: the stream that the log makes keeps everything on disk, and is one that it takes.
func TestStreamMade(t *testing.T) {
	c := StreamConfig{"N", "s", 3}
	made := c.wanted()
	want := jetstream.StreamConfig{
		Name: "N", Subjects: []string{"s"}, Replicas: 3, MaxMsgSize: 1024, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, DenyDelete: true, DenyPurge: true,
	}
	if !reflect.DeepEqual(made, want) {
		t.Errorf("%+v", made)
	}
	if err := c.check(made); err != nil {
		t.Error(err)
	}
}

// TestStreamRefused: a stream that would forget, not receive, or not store what is published is
// refused, with the reason.
func TestStreamRefused(t *testing.T) {
	c := StreamConfig{"NAME", "subject", 2}
	for name, test := range map[string]struct {
		change func(*jetstream.StreamConfig)
		says   string
	}{
		"an age":             {func(s *jetstream.StreamConfig) { s.MaxAge = 1 }, "limits"},
		"a number":           {func(s *jetstream.StreamConfig) { s.MaxMsgs = 1 }, "limits"},
		"a size":             {func(s *jetstream.StreamConfig) { s.MaxBytes = 1 }, "limits"},
		"a number a subject": {func(s *jetstream.StreamConfig) { s.MaxMsgsPerSubject = 1 }, "limits"},
		"a queue":            {func(s *jetstream.StreamConfig) { s.Retention = jetstream.WorkQueuePolicy }, "limits"},
		"in memory":          {func(s *jetstream.StreamConfig) { s.Storage = jetstream.MemoryStorage }, "in memory"},
		"asynchronous":       {func(s *jetstream.StreamConfig) { s.PersistMode = jetstream.AsyncPersistMode }, "acknowledges before"},
		"fewer replicas":     {func(s *jetstream.StreamConfig) { s.Replicas = 1 }, "1 replicas, but needs 2"},
		"no acknowledgement": {func(s *jetstream.StreamConfig) { s.NoAck = true }, "doesn't acknowledge"},
		"roll-up":            {func(s *jetstream.StreamConfig) { s.AllowRollup = true }, "lets entries be removed"},
		"an age of each":     {func(s *jetstream.StreamConfig) { s.AllowMsgTTL = true }, "lets entries be removed"},
		"sealed":             {func(s *jetstream.StreamConfig) { s.Sealed = true }, "sealed"},
		"small messages":     {func(s *jetstream.StreamConfig) { s.MaxMsgSize = 255 }, "255 bytes per message, but needs at least 256"},
		"one byte":           {func(s *jetstream.StreamConfig) { s.MaxMsgSize = 1 }, "1 bytes per message"},
		"a mirror":           {func(s *jetstream.StreamConfig) { s.Mirror = &jetstream.StreamSource{} }, "subject"},
		"another subject":    {func(s *jetstream.StreamConfig) { s.Subjects = []string{"other"} }, "doesn't have the subject subject"},
	} {
		is := c.wanted()
		test.change(&is)
		if err := c.check(is); !errors.Is(err, ErrStream) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "NAME") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"no limits":              func(s *jetstream.StreamConfig) { s.MaxAge, s.MaxMsgs, s.MaxBytes, s.MaxMsgsPerSubject = 0, -1, -1, -1 },
		"more replicas":          func(s *jetstream.StreamConfig) { s.Replicas = 3 },
		"messages of any size":   func(s *jetstream.StreamConfig) { s.MaxMsgSize = -1 },
		"no size of a message":   func(s *jetstream.StreamConfig) { s.MaxMsgSize = 0 },
		"messages large enough":  func(s *jetstream.StreamConfig) { s.MaxMsgSize = 256 },
		"more subjects":          func(s *jetstream.StreamConfig) { s.Subjects = []string{"other", "subject"} },
		"entries can be removed": func(s *jetstream.StreamConfig) { s.DenyDelete, s.DenyPurge = false, false },
	} {
		is := c.wanted()
		change(&is)
		if err := c.check(is); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStreamIdentity: a stream is another one if it was made at another time, or if some of its
// messages are gone.
func TestStreamIdentity(t *testing.T) {
	of := func(created int64, last, messages uint64) int64 {
		return identityOf(&jetstream.StreamInfo{Created: time.Unix(0, created), State: jetstream.StreamState{LastSeq: last, Msgs: messages}})
	}
	const at = 1_700_000_000_000_000_000
	if of(at, 0, 0) != at || of(at, 10, 10) != at || of(at, 10, 9) == at || of(at+1, 10, 10) == at || of(at, 10, 9) != at-1 {
		t.Error(of(at, 10, 10)-at, of(at, 10, 9)-at)
	}
	for _, c := range []struct {
		seen, known int64
		want        error
	}{
		{at, at, nil},
		{0, 0, nil},
		{at - 1, at, errOtherStream}, // more messages are gone than before
		{at + 1, at, errUnsure},      // fewer, as a new leader may report
		{at + int64(time.Second) - 1, at, errUnsure},
		{at + int64(time.Second), at, errOtherStream},
		{1, 0, errOtherStream},
		{at, 0, errOtherStream},
	} {
		if err := sameIdentity(c.seen, c.known); err != c.want {
			t.Errorf("%d after %d: %v", c.seen-c.known, c.known, err)
		}
	}
	if !errors.Is(errUnsure, errOtherStream) {
		t.Error("what is unsure isn't another stream if it stays so")
	}
}

// servers is a fake of NATS servers with one stream or none.
type servers struct {
	jetstream.JetStream
	info     *jetstream.StreamInfo // nil if there is no stream
	messages map[uint64]time.Time
	err      error
	asked    int
	made     int
	next     func() // called after each request

	published published
}

func (s *servers) Conn() *nats.Conn { return new(nats.Conn) }

func (s *servers) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	if s.next != nil {
		defer s.next()
	}
	s.asked++
	if _, bounded := ctx.Deadline(); !bounded {
		return nil, errors.New("it may take for ever")
	}
	if s.err != nil {
		return nil, s.err
	}
	if s.info == nil || s.info.Config.Name != name {
		return nil, jetstream.ErrStreamNotFound
	}
	return oneStream{s: s, info: *s.info}, nil
}

func (s *servers) CreateStream(_ context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	s.made++
	s.info = &jetstream.StreamInfo{Config: config, Created: time.Unix(0, 7_000_000_000)}
	return oneStream{s: s, info: *s.info}, nil
}

type oneStream struct {
	jetstream.Stream
	s    *servers
	info jetstream.StreamInfo
}

func (o oneStream) CachedInfo() *jetstream.StreamInfo { return &o.info }

func (o oneStream) GetMsg(ctx context.Context, position uint64, _ ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		return nil, errors.New("it may take for ever")
	}
	if o.s.err != nil {
		return nil, o.s.err
	}
	if at, ok := o.s.messages[position]; ok {
		return &jetstream.RawStreamMsg{Time: at}, nil
	}
	return nil, jetstream.ErrMsgNotFound
}

// serversWith returns servers with a stream that was created at 5 s and has messages 1 to last,
// each sent at as many seconds as its number.
func serversWith(last uint64) *servers {
	s := &servers{messages: make(map[uint64]time.Time)}
	s.info = &jetstream.StreamInfo{Config: StreamConfig{}.WithDefaults().wanted(), Created: time.Unix(5, 0)}
	s.info.State.LastSeq, s.info.State.Msgs = last, last
	for n := uint64(1); n <= last; n++ {
		s.messages[n] = time.Unix(int64(n), 0)
	}
	return s
}

func placeAt(position uint64) place {
	return place{5_000_000_000, position, int64(position) * 1_000_000_000}
}

var errDown = errors.New("down")

// TestStreamFound: a stream is the one of a copy if it has the message with which the copy ends;
// what seems to be gone is looked for once more. If there is no stream, one is created.
func TestStreamFound(t *testing.T) {
	for name, c := range map[string]struct {
		servers *servers
		end     place
		next    func(*servers)
		same    bool
		err     error
		asked   int
		made    int
	}{
		"the same":                       {serversWith(9), placeAt(9), nil, true, nil, 1, 0},
		"longer":                         {serversWith(9), placeAt(3), nil, true, nil, 1, 0},
		"nothing in the copy":            {serversWith(9), placeAt(0), nil, true, nil, 1, 0},
		"new to the copy":                {serversWith(9), place{}, nil, false, nil, 2, 0},
		"shorter":                        {serversWith(9), placeAt(10), nil, false, nil, 3, 0},
		"another message":                {serversWith(9), place{5_000_000_000, 9, 8_000_000_000}, nil, false, nil, 3, 0},
		"a message gone":                 {without(serversWith(9), 4), placeAt(4), nil, false, nil, 3, 0},
		"another stream":                 {serversWith(9), place{6_000_000_000, 9, 9_000_000_000}, nil, false, nil, 2, 0},
		"none":                           {&servers{}, placeAt(3), nil, false, nil, 3, 1},
		"none and no copy":               {&servers{}, place{}, nil, false, nil, 3, 1},
		"a leader who doesn't know yet":  {serversWith(8), placeAt(9), func(s *servers) { *s.info = *serversWith(9).info; s.messages = serversWith(9).messages }, true, nil, 2, 0},
		"fewer gone, for a moment":       {serversWith(9), place{4_999_999_999, 9, 9_000_000_000}, func(s *servers) { s.info.State.Msgs = 8 }, true, nil, 2, 0},
		"servers that are down":          {&servers{err: errDown}, placeAt(3), nil, false, errDown, 1, 0},
		"servers that go down meanwhile": {serversWith(9), placeAt(3), func(s *servers) { s.err = errDown }, false, errDown, 1, 0},
		"a stream that forgets":          {withAge(serversWith(9)), placeAt(9), nil, false, ErrStream, 1, 0},
		"a new stream that forgets":      {withAge(serversWith(9)), place{}, nil, false, ErrStream, 1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			if c.next != nil {
				c.servers.next = func() { c.next(c.servers); c.servers.next = nil }
			}
			l := newJetStream(c.servers, StreamConfig{}, nil)
			seen, same, err := l.find(t.Context(), c.end.stream, c.end)
			if same != c.same || !errors.Is(err, c.err) || c.servers.asked != c.asked || c.servers.made != c.made {
				t.Errorf("%s: %v, %v; asked %d times, made %d", name, same, err, c.servers.asked, c.servers.made)
			}
			if err != nil {
				return
			}
			if info := c.servers.info; seen.last != info.State.LastSeq || seen.identity != identityOf(info) || seen.replicas != 1 || seen.stream == nil {
				t.Errorf("%s: seen %+v", name, seen)
			}
		})
	}
}

func without(s *servers, position uint64) *servers {
	delete(s.messages, position)
	return s
}

func withAge(s *servers) *servers {
	s.info.Config.MaxAge = time.Hour
	return s
}

// TestStreamCompared: each of several places must be there; with an ended context, there is no
// second check.
func TestStreamCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newJetStream(serversWith(9), StreamConfig{}, nil)
		for _, c := range []struct {
			ends []place
			want error
		}{
			{nil, nil}, {[]place{placeAt(1), placeAt(9)}, nil}, {[]place{placeAt(10), placeAt(9)}, errUnsure}, {[]place{placeAt(9), placeAt(10)}, errUnsure},
		} {
			if _, err := l.compare(t.Context(), 5_000_000_000, c.ends); !errors.Is(err, c.want) {
				t.Errorf("%v: %v", c.ends, err)
			}
		}
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.compare(ctx, 5_000_000_000, []place{placeAt(10)}); !errors.Is(err, context.Canceled) || time.Since(start) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
