//go:build unix

package optout_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// TestFleetUpgradesItsServers: three servers of the oldest version become three of the newest, one
// after another, each in lame-duck mode first, while opt-outs come in.
func TestFleetUpgradesItsServers(t *testing.T) {
	t.Parallel()
	c := startWith(t, 3, natstest.Options{Oldest: true})
	admin := c.connect(t)
	nodes, _ := c.fleetOf(t, 3, 3)
	f := flow(t, nodes...)
	f.more(20)
	for i := range 3 {
		c.LameDuck(i)
		f.more(20) // on the two that are left
		c.Upgrade(i)
		c.Start(i)
		c.whole(t, admin, 3)
	}
	f.more(20)
	f.end(func() *optout.Store { return c.node(t, path(t), 3) })
}

// TestFleetRestartsItsNodes: each node is restarted, one after another, while opt-outs come in.
func TestFleetRestartsItsNodes(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	nodes, files := c.fleetOf(t, 3, 3)
	f := flow(t, nodes...)
	for i := range nodes {
		f.more(20)
		f.replace(nodes[i], func() *optout.Store { return c.node(t, files[i], 3) })
	}
	f.more(20)
	f.end(func() *optout.Store { return c.node(t, path(t), 3) })
}
