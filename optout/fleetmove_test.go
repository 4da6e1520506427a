//go:build unix

package optout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// operated gives servers an account for the fleet, which nodes use without a name, and a system
// account.
const operated = `accounts {
	FLEET: {jetstream: enabled, users: [{user: node, password: node}]}
	SYS: {users: [{user: system, password: system}]}
}
system_account: SYS
no_auth_user: node
`

// TestFleetMovesToOtherServers: three servers join, the stream moves to them, and the three before
// them leave, while opt-outs come in.
func TestFleetMovesToOtherServers(t *testing.T) {
	t.Parallel()
	c := startWith(t, 3, natstest.Options{Config: operated + "server_tags: [site:old]"})
	nodes, _ := c.fleetOf(t, 2, 3)
	f := flow(t, nodes...)
	f.more(20)
	c.Join(3, natstest.Options{Config: operated + "server_tags: [site:new]"})
	admin := c.connect(t)
	place(t, admin, "site:new")
	moved := func() bool {
		for _, server := range c.whole(t, admin, 3) {
			if server < c.Name(3) {
				return false
			}
		}
		return true
	}
	waitFor(t, moved)
	f.more(20)
	for i := range 3 {
		c.LameDuck(i)
		c.expel(t, c.Name(i))
		f.more(20)
	}
	f.end(func() *optout.Store { return c.node(t, path(t), 3) })
}

// place moves the stream to servers with a tag, as nats stream edit --tag does.
func place(t *testing.T, admin jetstream.JetStream, tag string) {
	t.Helper()
	waitFor(t, func() bool { // the servers may not have heard of the new ones yet
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stream, err := admin.Stream(ctx, "OPTOUTS")
		if err != nil {
			return false
		}
		config := stream.CachedInfo().Config
		config.Placement = &jetstream.Placement{Tags: []string{tag}}
		_, err = admin.UpdateStream(ctx, config)
		return err == nil
	})
}

// expel removes a server for good, as nats server cluster peer-remove does.
func (c *cluster) expel(t *testing.T, name string) {
	t.Helper()
	system, err := nats.Connect(strings.ReplaceAll(c.URLs(), "//", "//system:system@"))
	if err != nil {
		t.Fatal(err)
	}
	defer system.Close()
	waitFor(t, func() bool { // the leader may just be elected
		answer, err := system.Request("$JS.API.SERVER.REMOVE", fmt.Appendf(nil, `{"peer": %q}`, name), 2*time.Second)
		if err != nil {
			return false
		}
		var removed struct{ Success bool }
		return json.Unmarshal(answer.Data, &removed) == nil && removed.Success
	})
}
