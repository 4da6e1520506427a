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
	// verifyEvery is how often the stream is compared with this node's copy of it.
	verifyEvery = 5 * time.Second
	// heartbeat is how often the stream's servers say that they are there. After two that are missing, they are looked for again.
	heartbeat = time.Second
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
// was away goes on from where its copy ends. If the stream's servers have lost the end of the stream, it is read from its beginning.
//
// An entry is as durable as the servers make it: set sync_interval to always in their configuration, or they acknowledge before
// their disks have it, and use several replicas.
//
// A message that isn't an entry, which only a stranger with the right to publish can have sent, is kept in the quarantine.
//
// The stream is made on the first use, without limits of age or size. One that exists must have none either, or it isn't used
// (ErrStream): a node whose copy is lost reads it from the beginning.
type JetStream struct {
	js     jetstream.JetStream
	config StreamConfig
	local  *File
	own    *nats.Conn // nil if the connection is the caller's

	toCome  atomic.Uint64 // entries of the stream
	strange atomic.Uint64 // messages of the stream that aren't entries

	mu     sync.Mutex
	stream jetstream.Stream // nil until it was reached, and after it was lost
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
func NewJetStream(js jetstream.JetStream, config StreamConfig, local *File) *JetStream {
	return &JetStream{js: js, config: config.withDefaults(), local: local}
}

// ConnectJetStream is [NewJetStream] with a connection of the log's own to one of some NATS servers, whose URLs have commas between
// them, with a file of credentials or none. Servers that can't be reached are tried again for ever: the log is there, and the
// stream comes when it can.
func ConnectJetStream(urls, credentialsFile string, config StreamConfig, local *File) (*JetStream, error) {
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

// forget lets the stream be looked for again.
func (l *JetStream) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stream = nil
}

// check refuses a stream that somebody made otherwise and that would forget entries, or not get ours.
func (l *JetStream) check(c jetstream.StreamConfig) error {
	switch {
	case c.Retention != jetstream.LimitsPolicy, c.MaxAge > 0, c.MaxMsgs > 0, c.MaxBytes > 0, c.MaxMsgsPerSubject > 0:
		return fmt.Errorf("%w: it doesn't keep everything for ever", ErrStream)
	case c.Storage != jetstream.FileStorage:
		return fmt.Errorf("%w: it is in memory", ErrStream)
	case c.Replicas < l.config.Replicas:
		return fmt.Errorf("%w: it has %d replicas, and %d are wanted", ErrStream, c.Replicas, l.config.Replicas)
	case c.NoAck, c.AllowRollup, c.AllowMsgTTL:
		return fmt.Errorf("%w: it doesn't acknowledge, or lets entries be removed", ErrStream)
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
		l.forget() // somebody may have removed it: it is made again the next time
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

func (l *JetStream) notEntries() uint64 { return l.strange.Load() }

// Close implements [Log].
func (l *JetStream) Close() error {
	if l.own != nil {
		defer l.own.Close()
	}
	return l.local.Close()
}
