package optout

import (
	"context"
	"errors"
)

// ErrClosed: the log or the store was closed.
var ErrClosed = errors.New("optout: closed")

// Log is where opt-outs are kept forever. What [Log.Append] has returned nil for survives the end of the process and of the
// machine. Its methods may be called from any number of goroutines.
type Log interface {
	// Append adds an entry and returns when it is durable. If there is an error, the entry may or may not be there.
	Append(ctx context.Context, e Entry) error
	// Replay calls f for each entry with a number greater than after, in the order in which they were appended, until f or
	// ctx ends it. The first one has number 1.
	Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error
	// Quarantine keeps what was meant to be an opt-out and isn't, for a human to look at. It is durable like an entry.
	Quarantine(ctx context.Context, what []byte, receivedMs int64) error
	// Close ends the log. Appends in progress end first.
	Close() error
}

// Follower is a Log that others append to as well.
type Follower interface {
	// Follow calls f for each entry that Replay would call it for, and then as they come, with number 0, until f or ctx ends
	// it.
	Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, events FollowEvents) error
}

// FollowEvents are told how the following goes, in the goroutine that follows.
type FollowEvents struct {
	// CaughtUp is called when f has been called for everything that was there when Follow was called.
	CaughtUp func()
	// Away is called with what keeps the entries of others from coming, each time that it is tried, and with nil when they come
	// again.
	Away func(error)
}

// measured is a Log that knows how long its disk takes.
type measured interface {
	// commitLatency is how long the transactions took, of which each waits for an fsync.
	commitLatency() Latency
}

// behind is a Log that others append to, and that knows how far it is behind.
type behind interface {
	// pending is how many entries there were to follow when the last one came.
	pending() uint64
	// notEntries is how much came that isn't an entry, since the start.
	notEntries() uint64
}
