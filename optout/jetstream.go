package optout

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is a log that the nodes of a fleet share: a stream of NATS JetStream, with a copy in a
// file of each node. An entry is appended when the stream's servers have it; every node then gets
// it from the stream, wherever it came in. A node that was away goes on from where its copy ends.
//
// Once a second each node looks whether the stream is what it was. If it has lost something,
// because it was deleted or purged, had a limit for a while, or came back from a backup, the nodes
// are not synced; they read it from its beginning, publish what they have and it lacks, and are
// synced again when all nodes that are there have done so. So is a node that starts: it asks the
// others first.
//
// An entry is as durable as the servers make it: set sync_interval to always in their
// configuration, or they acknowledge before their disks have it, and use several replicas.
//
// A message that isn't an entry, which only a stranger with the right to publish can have sent, is
// kept in the quarantine.
//
// The stream is made on the first use, without limits of age or size. While one has such a limit or
// isn't on disk, or doesn't take the subject, it isn't used (ErrStream), and the log waits for
// somebody to change that.
type JetStream struct {
	js     jetstream.JetStream
	config StreamConfig
	local  *File
	conn   *connection // nil if it is the caller's
	node   string      // tells this node from the others

	now     atomic.Pointer[following] // the reading of the stream that goes on, nil if there is none
	why     atomic.Pointer[error]     // there is none
	changed signal                    // rings when now changes
	doubts  chan struct{}             // has the stream looked at
	askers  chan string               // where other nodes wait for an answer, see rollCall
	synced  atomic.Bool               // the store was told so, and of no loss since

	suspected atomic.Uint64 // rises with each suspicion that the stream has lost something
	counted   atomic.Int64  // identity of the stream for which a loss was counted last

	toCome  atomic.Uint64 // entries of the stream
	strange atomic.Uint64 // messages of the stream that aren't entries
	losses  atomic.Uint64 // of the stream
	refills atomic.Uint64 // entries that this node published again
}

var (
	_ Log         = (*JetStream)(nil)
	_ Follower    = (*JetStream)(nil)
	_ snapshotter = (*JetStream)(nil)
	_ measured    = (*JetStream)(nil)
	_ shared      = (*JetStream)(nil)
)

// NewJetStream makes a log of a stream and a node's own copy of it, which from then on is the log's
// to close. The connection behind js stays the caller's; it should reconnect for ever, within a
// second, and ping often, so that a server that hangs is left. Nothing is asked of it yet. The connection must be
// allowed to publish to the stream's subject, to use the JetStream API, and to publish and
// subscribe to _uid2rtb.> and its inbox, by which the nodes of a fleet find each other.
//
// An impossible config is ErrOption; the copy is then still the caller's to close.
func NewJetStream(js jetstream.JetStream, config StreamConfig, local *File) (*JetStream, error) {
	if err := config.possible(); err != nil {
		return nil, err
	}
	return newJetStream(js, config, local), nil
}

func newJetStream(js jetstream.JetStream, config StreamConfig, local *File) *JetStream {
	l := &JetStream{
		js: js, config: config.withDefaults(), local: local, node: nodeName(),
		doubts: make(chan struct{}, 1), askers: make(chan string, maxAskers),
	}
	l.end(errNotYet)
	return l
}

// errNotYet: nothing follows the stream yet.
var errNotYet = errors.New("optout: the stream isn't reached yet")

// begin makes a reading of the stream the one that goes on.
func (l *JetStream) begin(s *following) {
	l.now.Store(s)
	l.changed.ring()
}

// end says why there is none.
func (l *JetStream) end(why error) {
	l.why.Store(&why)
	l.now.Store(nil)
	l.changed.ring()
}

// doubt has the stream looked at soon.
func (l *JetStream) doubt() {
	select {
	case l.doubts <- struct{}{}:
	default:
	}
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

func (l *JetStream) fleet() fleetStats {
	return fleetStats{pending: l.toCome.Load(), strange: l.strange.Load(), losses: l.losses.Load(), refilled: l.refills.Load()}
}

// Close implements [Log].
func (l *JetStream) Close() error {
	if l.conn != nil {
		defer l.conn.Close()
	}
	return l.local.Close()
}
