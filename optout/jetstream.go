package optout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrStream: the stream isn't what a fleet's log must be.
var ErrStream = errors.New("optout: unusable stream")

var (
	errAway    = errors.New("optout: the stream's servers are away")
	errConnect = errors.New("optout: the URLs or credentials of NATS can't be used")
)

const (
	// publishTimeout is how long an entry may take to be on the stream's servers.
	publishTimeout = 10 * time.Second
	// retryAfter is how long to wait before the stream is asked again after a failure.
	retryAfter = time.Second
	// gatherFor is how long to wait for another entry before those that are there are written.
	gatherFor = 2 * time.Millisecond
)

// StreamConfig says which stream a fleet shares. All nodes must say the same.
type StreamConfig struct {
	Name     string // default OPTOUTS
	Subject  string // default uid2.optouts
	Replicas int    // servers that keep each entry; default 1
}

func (c StreamConfig) withDefaults() StreamConfig {
	if c.Name == "" {
		c.Name = "OPTOUTS"
	}
	if c.Subject == "" {
		c.Subject = "uid2.optouts"
	}
	c.Replicas = max(1, c.Replicas)
	return c
}

// JetStream is a log that the nodes of a fleet share: a stream of NATS JetStream, with a copy in a file of each node. An entry
// is appended when the stream's servers have it; every node then gets it from the stream, wherever it came in. A node that
// was away goes on from where its copy ends.
//
// The stream is made on the first use, without limits of age or size. One that exists must have none either, or it isn't used
// (ErrStream): a node whose copy is lost reads it from the beginning.
type JetStream struct {
	js     jetstream.JetStream
	config StreamConfig
	local  *Bolt
	own    *nats.Conn // nil if the connection is the caller's

	toCome atomic.Uint64 // entries of the stream

	mu     sync.Mutex
	stream jetstream.Stream // nil until it was reached
}

var (
	_ Log         = (*JetStream)(nil)
	_ Follower    = (*JetStream)(nil)
	_ snapshotter = (*JetStream)(nil)
	_ measured    = (*JetStream)(nil)
	_ behind      = (*JetStream)(nil)
)

// NewJetStream makes a log of a stream and a node's own copy of it, which from then on is the log's to close. The connection
// behind js stays the caller's; it should reconnect for ever. Nothing is asked of it yet.
func NewJetStream(js jetstream.JetStream, config StreamConfig, local *Bolt) *JetStream {
	return &JetStream{js: js, config: config.withDefaults(), local: local}
}

// ConnectJetStream is [NewJetStream] with a connection of the log's own to one of some NATS servers, whose URLs have commas between
// them, with a file of credentials or none. Servers that can't be reached are tried again for ever: the log is there, and the
// stream comes when it can.
func ConnectJetStream(urls, credentialsFile string, config StreamConfig, local *Bolt) (*JetStream, error) {
	options := []nats.Option{nats.Name("uid2rtb"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true)}
	if credentialsFile != "" {
		options = append(options, nats.UserCredentials(credentialsFile))
	}
	conn, err := nats.Connect(urls, options...)
	if err != nil {
		return nil, errConnect // the cause may quote the URL, which may have a password
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	l := NewJetStream(js, config, local)
	l.own = conn
	return l, nil
}

// reach returns the stream, and makes it if there is none.
func (l *JetStream) reach(ctx context.Context) (jetstream.Stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stream != nil {
		return l.stream, nil
	}
	stream, err := l.js.Stream(ctx, l.config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = l.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: l.config.Name, Subjects: []string{l.config.Subject}, Replicas: l.config.Replicas,
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, DenyDelete: true, DenyPurge: true,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("optout: the stream can't be reached: %w", err)
	}
	if err := l.check(stream.CachedInfo().Config); err != nil {
		return nil, err
	}
	l.stream = stream
	return stream, nil
}

// check refuses a stream that somebody made otherwise and that would forget entries, or not get ours.
func (l *JetStream) check(c jetstream.StreamConfig) error {
	switch {
	case c.Retention != jetstream.LimitsPolicy, c.MaxAge > 0, c.MaxMsgs > 0, c.MaxBytes > 0, c.MaxMsgsPerSubject > 0:
		return fmt.Errorf("%w: it doesn't keep everything for ever", ErrStream)
	case c.Storage != jetstream.FileStorage:
		return fmt.Errorf("%w: it is in memory", ErrStream)
	case !slices.Contains(c.Subjects, l.config.Subject):
		return fmt.Errorf("%w: it has another subject", ErrStream)
	}
	return nil
}

// Append implements [Log]. The entry is on the stream's servers when it returns. Without a connection to one it fails at once:
// the sender may reach another node.
func (l *JetStream) Append(ctx context.Context, e Entry) error {
	if !l.js.Conn().IsConnected() {
		return errAway
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if _, err := l.reach(ctx); err != nil {
		return err
	}
	if _, err := l.js.Publish(ctx, l.config.Subject, e.append(nil), jetstream.WithMsgID(e.messageID())); err != nil {
		return fmt.Errorf("optout: the stream doesn't take the entry: %w", err)
	}
	return nil
}

// messageID lets the stream drop an entry that comes twice within minutes. It tells nothing of the raw UID.
func (e *Entry) messageID() string {
	hash := sha256.Sum256((&Entry{UID: e.UID, SinceMs: e.SinceMs}).append(nil))
	return hex.EncodeToString(hash[:16])
}

// Quarantine implements [Log], in this node's copy.
func (l *JetStream) Quarantine(ctx context.Context, what []byte, receivedMs int64) error {
	return l.local.Quarantine(ctx, what, receivedMs)
}

// Replay implements [Log], as far as this node's copy goes.
func (l *JetStream) Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error {
	return l.local.Replay(ctx, after, f)
}

// A snapshot is one of this node's copy.
func (l *JetStream) openSnapshot() (*snapshot, error) { return l.local.openSnapshot() }

func (l *JetStream) saveSnapshot(ctx context.Context, x *Index, covers uint64) error {
	return l.local.saveSnapshot(ctx, x, covers)
}

func (l *JetStream) last() (uint64, error) { return l.local.last() }

func (l *JetStream) commitLatency() Latency { return l.local.commitLatency() }

func (l *JetStream) pending() uint64 { return l.toCome.Load() }

// Close implements [Log].
func (l *JetStream) Close() error {
	if l.own != nil {
		defer l.own.Close()
	}
	return l.local.Close()
}

// Follow implements [Follower]: first the copy, then the stream, which is tried again and again where it isn't reached.
func (l *JetStream) Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, caughtUp func()) error {
	if err := l.local.Replay(ctx, after, f); err != nil {
		return err
	}
	once := sync.OnceFunc(caughtUp)
	for {
		err := l.followStream(ctx, f, once)
		if errors.Is(err, ErrEntry) || errors.Is(err, ErrStream) || errors.Is(err, ErrClosed) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// followStream reads the stream from where the copy ends, until something goes wrong.
func (l *JetStream) followStream(ctx context.Context, f func(number uint64, e Entry) error, caughtUp func()) error {
	stream, err := l.reach(ctx)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return err
	}
	position, err := l.local.position(info.Created.UnixNano())
	if err != nil {
		return err
	}
	if position > info.State.LastSeq {
		position = 0 // somebody restored an older stream: what it gets from now on has numbers that we have seen
	}
	l.toCome.Store(info.State.LastSeq - position)
	if position == info.State.LastSeq {
		caughtUp()
	}
	consumer, err := l.js.OrderedConsumer(ctx, l.config.Name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: position + 1,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		entries, at, err := l.nextEntries(ctx, messages)
		if err != nil {
			return err
		}
		if err := l.local.appendAt(ctx, entries, info.Created.UnixNano(), at); err != nil {
			return err
		}
		for _, entry := range entries {
			if err := f(0, entry); err != nil {
				return err
			}
		}
		if at >= info.State.LastSeq {
			caughtUp()
		}
	}
}

// nextEntries waits for an entry, and returns it with those that follow at once, and the position of the last one.
func (l *JetStream) nextEntries(ctx context.Context, messages jetstream.MessagesContext) (entries []Entry, position uint64, err error) {
	wait := jetstream.NextContext(ctx)
	for len(entries) < maxCommit {
		message, err := messages.Next(wait)
		if err != nil && len(entries) > 0 {
			break // what is wrong will be wrong the next time, too
		}
		if err != nil {
			return nil, 0, err
		}
		meta, err := message.Metadata()
		if err != nil {
			return nil, 0, err
		}
		entry, err := parseEntry(message.Data())
		if err != nil {
			return nil, 0, fmt.Errorf("%w: number %d of the stream", err, meta.Sequence.Stream)
		}
		entries, position = append(entries, entry), meta.Sequence.Stream
		l.toCome.Store(meta.NumPending)
		wait = jetstream.NextMaxWait(gatherFor)
	}
	return entries, position, nil
}
