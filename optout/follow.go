package optout

import (
	"context"
	"errors"
	"time"
)

const (
	// followAgain is how long to wait before the stream is tried again after a failure.
	followAgain = 500 * time.Millisecond
	// lookEvery is how often the stream is looked at.
	lookEvery = time.Second
)

// Follow implements [Follower]: first the copy, then the stream, which is tried again and again
// where it isn't reached or can't be used.
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
		events.Away(err)
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

// lost notes that the stream may have lost something.
func (l *JetStream) lost(events FollowEvents) {
	l.suspected.Add(1)
	if l.synced.Swap(false) {
		events.Lost()
	}
}

// followOnce reads the stream from where the copy ends, until something goes wrong.
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

// prepare finds the stream, and what this node's copy has of it. A stream that isn't the one of the
// copy, or has lost some of it, is read from its beginning, and compared. Of one that is, what the
// copy has beyond its place is compared with what comes.
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

// countLoss counts what was lost, once, however often the comparison is begun.
func (l *JetStream) countLoss(at place, seen sighting) {
	if at.stream != 0 && l.counted.Swap(seen.identity) != seen.identity {
		l.losses.Add(1)
	}
}
