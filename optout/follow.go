package optout

import (
	"context"
	"errors"
	"time"
)

const (
	// followAgain is the time to wait after a failure of the stream.
	followAgain = 500 * time.Millisecond
	// lookEvery is the interval between checks of the stream.
	lookEvery = time.Second
)

// Follow implements [Follower]: it replays the copy, then follows the stream, and retries for ever
// if the stream can't be reached or used.
func (l *JetStream) Follow(ctx context.Context, after uint64, f func(number uint64, e Entry) error, events FollowEvents) error {
	if err := l.local.Replay(ctx, after, f); err != nil {
		return err
	}
	stop, err := l.attend()
	if err != nil {
		return err
	}
	defer stop()
	for {
		err := l.followOnce(ctx, f, events)
		other := errors.Is(err, errOtherStream)
		if other {
			l.lost(events)
		}
		l.end(err)
		if errors.Is(err, ErrClosed) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		events.Unreachable(err)
		if other {
			continue
		}
		select {
		case <-time.After(followAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lost records that the stream may have lost messages.
func (l *JetStream) lost(events FollowEvents) {
	l.suspected.Add(1)
	if l.synced.Swap(false) {
		events.Lost()
	}
}

// followOnce reads the stream from where the copy ends, until there is an error.
func (l *JetStream) followOnce(ctx context.Context, f func(number uint64, e Entry) error, events FollowEvents) error {
	if err := l.connected(); err != nil {
		return err
	}
	s, err := l.prepare(ctx, f, events)
	if err != nil {
		return err
	}
	if err = s.run(ctx); ctx.Err() != nil {
		s.lastLook()
	}
	return err
}

// prepare finds the stream, and how much of it this node's copy has. If the stream isn't the one of
// the copy, or has lost messages, it is read from its start and compared with the copy. Otherwise
// only what the copy has beyond its place is compared with what arrives.
func (l *JetStream) prepare(ctx context.Context, f func(number uint64, e Entry) error, events FollowEvents) (*following, error) {
	at, cells, err := l.local.place()
	if err != nil {
		return nil, err
	}
	s := &following{log: l, f: f, events: events, stored: at, queue: make(chan arrival, maxCommit)}
	seen, same, err := l.find(ctx, at.stream, at)
	if err != nil {
		return nil, err
	}
	if !same {
		l.lost(events)
		l.countLoss(at, seen)
		at, cells = place{}, 0
	}
	if err := s.startComparison(ctx, !same, cells); err != nil {
		return nil, err
	}
	l.warnOfReplicas(seen)
	s.stream, s.identity = seen, seen.identity
	at.stream = s.identity
	s.verified, s.from = at, at.position
	s.at.Store(&at)
	s.read.Store(at.position)
	s.written.Store(at.position)
	s.cells.Store(cells)
	return s, nil
}

// countLoss counts a loss once, however often the comparison is started.
func (l *JetStream) countLoss(at place, seen sighting) {
	if at.stream != 0 && l.counted.Swap(seen.identity) != seen.identity {
		l.losses.Add(1)
	}
}
