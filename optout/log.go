package optout

import (
	"context"
	"errors"
)

// ErrClosed: the log or the store has been closed.
var ErrClosed = errors.New("optout: closed")

// Log stores opt-outs permanently. An entry for which [Log.Append] has returned nil survives a
// crash of the process and of the machine. Implementations are safe for concurrent use.
type Log interface {
	// Append adds an entry and returns when it is durable. On error, the entry may or may not
	// have been added.
	Append(ctx context.Context, e Entry) error
	// Replay calls f for each entry with a number greater than after, in the order in which they
	// were appended, until f or ctx ends it. Numbers begin with 1 and rise; where one is left out,
	// the log has something else there.
	//
	// It is a callback, and no iterator, since an error at the end, or from f, must not be passed
	// over: who does so doesn't know everybody who has opted out.
	Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error
	// Quarantine stores a value that was meant to be an opt-out and isn't, for a human to look
	// at. It is as durable as an entry.
	Quarantine(ctx context.Context, what []byte, receivedMs int64) error
	// Close closes the log, after the appends in progress.
	Close() error
}

// Follower is a Log that other nodes append to as well.
type Follower interface {
	// Follow calls f for each entry that Replay would call it for, and then for new ones as
	// they arrive, with number 0, until f returns an error or ctx ends.
	Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, events FollowEvents) error
}

// FollowEvents are the callbacks of Follow. They are called one at a time.
type FollowEvents struct {
	// CaughtUp is called once f has been called for everything that was in the log when Follow
	// was called, and again after each Lost.
	CaughtUp func()
	// Lost is called when the log may have lost entries of other nodes for which f hasn't been
	// called.
	Lost func()
	// Unreachable is called with the reason why entries of other nodes can't be received, on each
	// failed attempt, and with nil when they are received again.
	Unreachable func(error)
}

// latencyReporter is a Log that measures how long its disk takes.
type latencyReporter interface {
	// commitLatency returns the durations of the commits, each of which waits for an fsync.
	commitLatency() Latency
}

// shared is a Log that other nodes append to.
type shared interface {
	// fleet returns its state.
	fleet() fleetStats
}

// fleetStats is the state of a log that other nodes append to. Counters start with the process.
type fleetStats struct {
	pending  uint64 // entries that had yet to arrive when the last one did
	foreign  uint64 // messages that aren't entries
	losses   uint64 // number of times the log has lost entries
	refilled uint64 // entries that were appended again after such losses
}

// lateOpener is a Log that may be opened in the background.
type lateOpener interface {
	// opened is closed once the log is open, or opening it has failed, which reading it
	// reports.
	opened() <-chan struct{}
}

// stateReporter is a Log that monitors its files.
type stateReporter interface {
	// checkState returns why the log can't be written, or that it is damaged: ErrLocked,
	// ErrReplaced, ErrDamaged; nil if all is well.
	checkState() error
	// onState sets a function that is called with that error when it changes, and with nil.
	onState(f func(error))
	// scrub reads what hasn't been read since the start, or everything, and returns ErrDamaged
	// if it isn't intact.
	scrub(ctx context.Context, everything bool) error
}

// hashKeeper is a Log that knows some users only by their hashes, see [Repair].
type hashKeeper interface {
	// seed returns the seed of those hashes, or false if there are none.
	seed() (uint64, bool)
	// eachHash calls f for each of those users.
	eachHash(ctx context.Context, f func(hash uint64, seconds uint32)) error
}
