package optout_test

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestFleetWithEarlierVersions: the answer of a node of an earlier version, which doesn't say which
// stream it has, counts as before; one about another stream doesn't.
func TestFleetWithEarlierVersions(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]nats.Header{"earlier": nil, "another stream": {"Uid2rtb-Stream": {"1"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 1)
			conn := c.connect(t).Conn()
			if _, err := conn.Subscribe("_uid2rtb.OPTOUTS.nodes", func(question *nats.Msg) {
				_ = conn.Publish(question.Reply, []byte("here host/1"))
				_ = conn.PublishMsg(&nats.Msg{Subject: question.Reply, Header: header, Data: []byte("done host/1")})
			}); err != nil {
				t.Fatal(err)
			}
			if err := conn.Flush(); err != nil {
				t.Fatal(err)
			}
			s := c.node(t, path(t), 1)
			if header == nil {
				synced(t, s)
				return
			}
			waitFor(t, func() bool { return errors.Is(s.UnreachableErr(), optout.ErrWaiting) })
			if s.Synced() {
				t.Error("it is synced")
			}
		})
	}
}
