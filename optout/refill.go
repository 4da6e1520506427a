package optout

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidstream"
)

// comparison compares this node's copy with a stream that isn't the one that it is a copy of, or
// that has lost messages. It takes the memory of two indexes. For the certainty with which it
// distinguishes users, see [Index].
//
// If no loss is known, only what both have beyond the copy's place is compared, which is little as
// a rule: a stream that lost only what came after the last check, as when a server lost power
// before it had written it, looks the same as before.
type comparison struct {
	copy   *Index // users in this node's copy
	stream *Index // users in the stream
	whole  bool
	cells  uint64 // the copy is compared after this cell
}

// startComparison reads the users in this node's copy.
func (s *following) startComparison(ctx context.Context, whole bool, cells uint64) error {
	c := &comparison{NewIndex(), NewIndex(), whole, cells}
	if err := s.log.local.Replay(ctx, cells, func(_ uint64, e Entry) error {
		c.copy.Add(e.UID, e.SinceMs)
		return nil
	}); err != nil {
		return err
	}
	if whole || c.copy.Len() > 0 {
		s.compared.Store(c)
	}
	return nil
}

// came records an entry of the stream, and reports whether the copy has it.
func (c *comparison) came(e Entry) (known bool) {
	c.stream.Add(e.UID, e.SinceMs)
	return isIn(c.copy, e)
}

// isIn reports whether an index has an entry, or a later one of the same user.
func isIn(x *Index, e Entry) bool {
	o := x.OptOut(e.UID)
	return o.State == bidstream.OptedOut && o.SinceMs/1000 >= int64(toSeconds(e.SinceMs))
}

const (
	// refillers is the number of entries that are published concurrently.
	refillers = 256
	// turnTimeout is how long a node waits at most for its turn to refill, and turnIdle is how
	// long nothing may arrive while it waits: the node whose turn it is may be unable to
	// publish.
	turnTimeout = 5 * time.Second
	turnIdle    = time.Second
)

// catchUp waits until what was in the stream has arrived, publishes what the copy has and the
// stream lacks, and waits for the other nodes to do the same.
func (s *following) catchUp(ctx context.Context) error {
	if err := s.readTo(ctx, s.stream.last); err != nil {
		return err
	}
	compared := s.compared.Load()
	if compared != nil {
		if compared.whole {
			if err := s.waitForTurn(ctx); err != nil {
				return err
			}
		}
		if err := s.refill(ctx, compared); err != nil {
			return err
		}
	}
	s.given.Store(true)
	if s.log.synced.Load() {
		s.compared.Store(nil)
		return nil
	}
	listen := listenFor
	if compared != nil && compared.whole {
		listen = listenLonger
	}
	if err := s.log.rollCall(ctx, s.identity, listen, everyNode, s.sayWaiting); err != nil {
		return err
	}
	s.events.Unreachable(nil)
	seen, err := s.log.see(ctx, false)
	if err != nil {
		return err
	}
	if err := s.readTo(ctx, seen.last); err != nil {
		return err
	}
	s.compared.Store(nil)
	s.log.counted.Store(0) // the next loss counts again, even for the same stream
	s.log.synced.Store(true)
	s.events.CaughtUp()
	return nil
}

// sayWaiting reports which nodes this one is waiting for.
func (s *following) sayWaiting(nodes []string) {
	s.events.Unreachable(fmt.Errorf("%w: %q", ErrWaiting, nodes))
}

// readTo waits until everything up to a position has arrived.
func (s *following) readTo(ctx context.Context, position uint64) error {
	return s.progress.until(ctx, func() bool { return s.read.Load() >= position })
}

// refill publishes what this node's copy has and the stream lacks. Other nodes may be doing so at
// the same time: what has already arrived from them isn't published again, and the stream drops
// duplicates.
func (s *following) refill(ctx context.Context, c *comparison) error {
	group, publishing := errgroup.WithContext(ctx)
	group.SetLimit(refillers)
	err := s.log.local.Replay(publishing, c.cells, func(_ uint64, e Entry) error {
		if isIn(c.stream, e) {
			return nil
		}
		group.Go(func() error {
			if _, err := s.log.publish(publishing, s.identity, &e); err != nil {
				return err
			}
			s.log.refills.Add(1)
			return nil
		})
		return publishing.Err()
	})
	if failed := group.Wait(); failed != nil {
		return failed
	}
	return err
}

// waitForTurn lets the nodes that are before this one publish what they have. Nodes mostly have the
// same entries, which then arrive through the stream, so that not each of them publishes them.
func (s *following) waitForTurn(ctx context.Context) error {
	waiting, stop := context.WithTimeout(ctx, turnTimeout)
	defer stop()
	go s.stopWhenIdle(waiting, stop)
	if err := s.log.rollCall(waiting, s.identity, listenFor, s.log.isAfter, func([]string) {}); waiting.Err() == nil {
		return err
	}
	return ctx.Err()
}

// isAfter reports whether this node comes after another one.
func (l *JetStream) isAfter(node string) bool { return node < l.node }

// stopWhenIdle ends a wait during which nothing arrives from the stream.
func (s *following) stopWhenIdle(waiting context.Context, stop func()) {
	for before := s.read.Load(); ; {
		select {
		case <-waiting.Done():
			return
		case <-time.After(turnIdle):
		}
		now := s.read.Load()
		if now == before {
			stop()
			return
		}
		before = now
	}
}
