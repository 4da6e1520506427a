package optout

import (
	"context"
	"errors"
)

// ErrClosed: the log or the store was closed.
var ErrClosed = errors.New("optout: closed")

// Log is where opt-outs are kept forever. What [Log.Append] has returned nil for survives the end
// of the process and of the machine. Its methods may be called from any number of goroutines.
type Log interface {
	// Append adds an entry and returns when it is durable. If there is an error, the entry may or
	// may not be there.
	Append(ctx context.Context, e Entry) error
	// Replay calls f for each entry with a number greater than after, in the order in which they
	// were appended, until f or ctx ends it. Numbers begin with 1 and rise; where one is left out,
	// the log has something else there.
	//
	// It is a callback, and no iterator, since an error at the end, or from f, must not be passed
	// over: who does so doesn't know everybody who has opted out.
	Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error
	// Quarantine keeps what was meant to be an opt-out and isn't, for a human to look at. It is
	// durable like an entry.
	Quarantine(ctx context.Context, what []byte, receivedMs int64) error
	// Close ends the log. Appends in progress end first.
	Close() error
}

// Follower is a Log that others append to as well.
type Follower interface {
	// Follow calls f for each entry that Replay would call it for, and then as they come, with
	// number 0, until f or ctx ends it.
	Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, events FollowEvents) error
}

// FollowEvents are told how the following goes, one after another.
type FollowEvents struct {
	// CaughtUp is called when f has been called for everything that was there when Follow was
	// called, and again after each Lost.
	CaughtUp func()
	// Lost is called when the log may have lost what others appended, and f wasn't called for.
	Lost func()
	// Away is called with what keeps the entries of others from coming, each time that it is tried,
	// and with nil when they come again.
	Away func(error)
}

// measured is a Log that knows how long its disk takes.
type measured interface {
	// commitLatency is how long the transactions took, of which each waits for an fsync.
	commitLatency() Latency
}

// shared is a Log that others append to.
type shared interface {
	// fleet is how it is doing.
	fleet() fleetStats
}

// fleetStats is how a log that others append to is doing. The counters run from the start on.
type fleetStats struct {
	pending  uint64 // entries that there were to follow when the last one came
	strange  uint64 // what came and isn't an entry
	losses   uint64 // how often the log had lost something
	refilled uint64 // entries that were appended again after such losses
}

// delayed is a Log that may open only after a while.
type delayed interface {
	// opened is closed once it is open, or can't be opened, which reading it tells.
	opened() <-chan struct{}
}

// guarded is a Log that looks after its files.
type guarded interface {
	// checkState returns why the log takes nothing, or is damaged: ErrLocked, ErrReplaced,
	// ErrDamaged.
	checkState() error
	// onState sets what is called with that when it changes, and with nil.
	onState(f func(error))
	// scrub reads what wasn't read since the start, or everything, and returns ErrDamaged if it
	// isn't right.
	scrub(ctx context.Context, everything bool) error
}

// keeperOfHashes is a Log that knows of some users nothing but their hashes, see [Repair].
type keeperOfHashes interface {
	// seed returns that of those hashes, false if there are none.
	seed() (uint64, bool)
	// eachHash calls f for each of those users.
	eachHash(ctx context.Context, f func(hash uint64, seconds uint32)) error
}
