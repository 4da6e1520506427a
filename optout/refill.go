package optout

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidstream"
)

// comparison is between this node's copy and a stream that isn't the one that it is of, or has lost
// something. It takes the memory of two indexes. See [Index] for how surely it tells users apart.
//
// If nothing is known to be lost, it is between what both have beyond the copy's place, little as a
// rule: a stream that lost only what came after the last look, as one whose server had not written
// it when its power failed, is the one that the copy is of.
type comparison struct {
	copy   *Index // who is in this node's copy
	stream *Index // who is in the stream
	whole  bool
	cells  uint64 // those of the copy up to this number aren't looked at
}

// startComparison reads who is in this node's copy.
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

// came notes an entry of the stream, and reports whether the copy has it.
func (c *comparison) came(e Entry) (known bool) {
	c.stream.Add(e.UID, e.SinceMs)
	return isIn(c.copy, e)
}

// isIn reports whether an index has an entry, or a later one of its user.
func isIn(x *Index, e Entry) bool {
	o := x.OptOut(e.UID)
	return o.State == bidstream.OptedOut && o.SinceMs/1000 >= int64(toSeconds(e.SinceMs))
}

const (
	// refillers is how many entries are on their way to the stream's servers at the same time.
	refillers = 256
	// turnTimeout is how long a node waits at most for its turn to refill, and turnIdle how long
	// nothing may come meanwhile: whoever's turn it is may be unable to.
	turnTimeout = 5 * time.Second
	turnIdle    = time.Second
)

// catchUp waits until what was in the stream has come, gives the stream what the copy has and it
// lacks, and waits for the other nodes to do so.
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
	if err := s.log.rollCall(ctx, listen, everyNode, s.sayWaiting); err != nil {
		return err
	}
	s.events.Away(nil)
	seen, err := s.log.see(ctx, false)
	if err != nil {
		return err
	}
	if err := s.readTo(ctx, seen.last); err != nil {
		return err
	}
	s.compared.Store(nil)
	s.log.counted.Store(0) // the next loss is another one, also if it is of the same stream
	s.log.synced.Store(true)
	s.events.CaughtUp()
	return nil
}

// sayWaiting says for which nodes this one waits.
func (s *following) sayWaiting(nodes []string) {
	s.events.Away(fmt.Errorf("%w: %q", ErrWaiting, nodes))
}

// readTo waits until everything up to a position has come.
func (s *following) readTo(ctx context.Context, position uint64) error {
	return s.progress.until(ctx, func() bool { return s.read.Load() >= position })
}

// refill publishes what this node's copy has and the stream lacks. Other nodes may be doing so at
// the same time: what has come from them meanwhile isn't published again, and the stream drops what
// comes twice.
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

// waitForTurn lets the nodes that come first publish what they have. Nodes have mostly the same,
// which then comes back from the stream, and isn't published by each of them.
func (s *following) waitForTurn(ctx context.Context) error {
	waiting, stop := context.WithTimeout(ctx, turnTimeout)
	defer stop()
	go s.stopWhenIdle(waiting, stop)
	if err := s.log.rollCall(waiting, listenFor, s.log.isAfter, func([]string) {}); waiting.Err() == nil {
		return err
	}
	return ctx.Err()
}

// isAfter reports whether another node has its turn before this one.
func (l *JetStream) isAfter(node string) bool { return node < l.node }

// stopWhenIdle stops a waiting during which nothing comes from the stream.
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
