package optout_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// TestFleetLosesTwoOfThreeServers: while two are away, nothing is acknowledged and nobody forgets;
// when they come back, whole or with new disks, everything goes on and nothing is lost.
func TestFleetLosesTwoOfThreeServers(t *testing.T) {
	t.Parallel()
	for name, wiped := range map[string]bool{"killed": false, "with new disks": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 3)
			nodes, _ := c.fleetOf(t, 2, 3)
			f := flow(t, nodes...)
			f.more(20)
			known := int(f.acked.Load())
			agree(t, 0, known, nodes...) // what is acknowledged at one node later on may reach the other when the servers are back
			c.Kill(0)
			c.Kill(1)
			waitFor(t, func() bool { return nodes[0].UnreachableErr() != nil && nodes[1].UnreachableErr() != nil })
			agree(t, 0, known, nodes...)
			for i := range 2 {
				if wiped {
					c.wipe(t, i)
				}
				c.Start(i)
			}
			f.more(20)
			f.end(func() *optout.Store { return c.node(t, path(t), 3) })
		})
	}
}

// TestFleetLosesAllDisks: all servers come back with new disks, while one node is down and one has
// lost its store. The nodes that run give the stream what it had.
func TestFleetLosesAllDisks(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	nodes, files := c.fleetOf(t, 3, 3)
	f := flow(t, nodes...)
	f.more(40)
	f.remove(nodes[2])
	for i := range 3 {
		c.Kill(i)
		c.wipe(t, i)
	}
	for i := range 3 {
		c.Start(i)
	}
	f.more(20)
	f.add(c.node(t, files[2], 3))
	f.add(c.node(t, path(t), 3))
	f.end(func() *optout.Store { return c.node(t, path(t), 3) })
}

// TestFleetLosesEverythingButOneStore: the servers' disks and all stores but one are gone, and that
// one's node comes last. Until it comes, what was acknowledged is lost; from then on all know it.
func TestFleetLosesEverythingButOneStore(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	nodes, files := c.fleetOf(t, 2, 1)
	synced(t, nodes[0])
	synced(t, nodes[1])
	recordAll(t, nodes[0], 0, 20)
	agree(t, 0, 20, nodes...)
	nodes[0].Close()
	nodes[1].Close()
	c.Kill(0)
	c.wipe(t, 0)
	c.Start(0)
	fresh := c.node(t, path(t), 1)
	synced(t, fresh)
	if fresh.OptOut(numbered(0)).State != bidstream.NotOptedOut {
		t.Error("somebody is left who knows")
	}
	last := c.node(t, files[1], 1)
	defer neverWrong(t, last, 20)()
	synced(t, last)
	agree(t, 0, 20, last, fresh)
}
