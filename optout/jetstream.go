package optout

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is a log that the nodes of a fleet share: a stream of NATS JetStream, with a copy in a
// file on each node. Appending an entry returns once the stream's servers have it; every node then
// gets it from the stream, whichever node received it. A node that was disconnected continues from
// where its copy ends.
//
// Once a second, each node checks that the stream is still what it was. If it has lost messages,
// because it was deleted or purged, had a limit for a while, or was restored from a backup, the
// nodes are no longer synced: they read the stream from its start, publish what they have and it
// lacks, and are synced again once all connected nodes have done so. A node that starts also asks
// the others before it is synced.
//
// An entry is as durable as the servers make it: set sync_interval to always in their
// configuration, or they acknowledge an entry before it is on their disks, and use several
// replicas.
//
// A message that isn't an entry, which only somebody else with permission to publish can have sent,
// is quarantined.
//
// The stream is created on first use, without limits of age or size. As long as an existing stream
// has such a limit, isn't stored on disk, or doesn't accept the subject, it isn't used (ErrStream),
// and the log waits for that to be changed.
type JetStream struct {
	js     jetstream.JetStream
	config StreamConfig
	local  *File
	conn   *connection // nil if the connection is the caller's
	node   string      // identifies this node among the others

	now     atomic.Pointer[following] // the current run of reading the stream, nil if there is none
	why     atomic.Pointer[error]     // why there is none
	changed signal                    // rings when now changes
	doubts  chan struct{}             // asks for a check of the stream
	askers  chan string               // subjects on which other nodes wait for an answer, see rollCall
	synced  atomic.Bool               // the store has been told CaughtUp, and no Lost since

	suspected atomic.Uint64 // incremented with each suspicion that the stream has lost messages
	counted   atomic.Int64  // identity of the stream for which a loss was counted last

	pending atomic.Uint64 // entries of the stream that have yet to arrive
	foreign atomic.Uint64 // messages of the stream that aren't entries
	losses  atomic.Uint64 // number of times the stream has lost messages
	refills atomic.Uint64 // entries that this node has published again
}

var (
	_ Log             = (*JetStream)(nil)
	_ Follower        = (*JetStream)(nil)
	_ snapshotter     = (*JetStream)(nil)
	_ latencyReporter = (*JetStream)(nil)
	_ shared          = (*JetStream)(nil)
)

// NewJetStream returns a log made of a stream and a node's own copy of it. The log takes over local
// and closes it. The connection behind js stays the caller's; it should reconnect for ever, within
// a second, and ping often, so that a server that hangs is abandoned. NewJetStream makes no request
// yet. The connection needs permission to publish to the stream's subject, to use the JetStream
// API, and to publish and subscribe to _uid2rtb.> and its inbox, through which the nodes of a fleet
// find each other.
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
		js: js, config: config.WithDefaults(), local: local, node: nodeName(),
		doubts: make(chan struct{}, 1), askers: make(chan string, maxAskers),
	}
	l.end(errNotYet)
	return l
}

// errNotYet: nothing follows the stream yet.
var errNotYet = fmt.Errorf("%w so far", ErrUnreachable)

// begin makes s the current run of reading the stream.
func (l *JetStream) begin(s *following) {
	l.now.Store(s)
	l.changed.ring()
}

// end records that there is no current run, and why.
func (l *JetStream) end(why error) {
	l.why.Store(&why)
	l.now.Store(nil)
	l.changed.ring()
}

// doubt asks for a check of the stream.
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

// Replay implements [Log], for this node's copy.
func (l *JetStream) Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error {
	return l.local.Replay(ctx, after, f)
}

// loadInto implements indexLoader, for this node's copy.
func (l *JetStream) loadInto(ctx context.Context, x *Index, after uint64, progress func(upTo uint64)) error {
	return l.local.loadInto(ctx, x, after, progress)
}

// Snapshots are those of this node's copy.
func (l *JetStream) openSnapshot() (*snapshot, error) { return l.local.openSnapshot() }

func (l *JetStream) saveSnapshot(ctx context.Context, x *Index, covers uint64) error {
	return l.local.saveSnapshot(ctx, x, covers)
}

func (l *JetStream) last() (uint64, error) { return l.local.last() }

func (l *JetStream) commitLatency() Latency { return l.local.commitLatency() }

func (l *JetStream) fleet() fleetStats {
	return fleetStats{pending: l.pending.Load(), foreign: l.foreign.Load(), losses: l.losses.Load(), refilled: l.refills.Load()}
}

// Close implements [Log].
func (l *JetStream) Close() error {
	if l.conn != nil {
		defer l.conn.Close()
	}
	return l.local.Close()
}
