package optout_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// cluster is a number of real NATS servers.
type cluster struct{ *natstest.Cluster }

func startCluster(t *testing.T, n int) *cluster {
	return &cluster{natstest.Start(t, n, natstest.Options{})}
}

// node opens a store on the cluster's stream, with its copy in a file.
func (c *cluster) node(t *testing.T, file string, replicas int) *optout.Store {
	t.Helper()
	return c.nodeOf(t, file, optout.StreamConfig{Replicas: replicas})
}

func (c *cluster) nodeOf(t *testing.T, file string, config optout.StreamConfig) *optout.Store {
	t.Helper()
	local, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := optout.Open(jetStream(t, c.connect(t), config, local))
	t.Cleanup(func() { s.Close() })
	return s
}

// jetStream is optout.NewJetStream for a config that is possible.
func jetStream(t *testing.T, js jetstream.JetStream, config optout.StreamConfig, local *optout.File) *optout.JetStream {
	t.Helper()
	l, err := optout.NewJetStream(js, config, local)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// connect makes a connection that is tried for ever.
func (c *cluster) connect(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(c.URLs(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func synced(t *testing.T, s *optout.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := s.WaitSynced(ctx); err != nil {
		t.Fatal(err)
	}
}

// record retries until the stream accepts the opt-out, as the service repeats requests that were
// answered 503.
func record(t *testing.T, s *optout.Store, n int) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		err := s.Record(ctx, numbered(n), int64(n+1)*1000)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// agree waits until all nodes know the users from..below-1, and returns how long it took.
func agree(t *testing.T, from, below int, nodes ...*optout.Store) time.Duration {
	t.Helper()
	start := time.Now()
	for _, s := range nodes {
		for i := from; i < below; i++ {
			for s.OptOut(numbered(i)).State != bidstream.OptedOut {
				if time.Since(start) > 30*time.Second {
					t.Fatalf("%d isn't known everywhere", i)
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
	return time.Since(start)
}

// TestFleet: an opt-out that arrives at any node is known at all of them; a node that was
// disconnected catches up before it reports that it is synced.
func TestFleet(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	dir := t.TempDir()
	file := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
	nodes := []*optout.Store{c.node(t, file(0), 1), c.node(t, file(1), 1), c.node(t, file(2), 1)}
	for _, s := range nodes {
		synced(t, s)
	}
	for i := range 300 {
		record(t, nodes[i%3], i)
	}
	t.Logf("all agree %v after the last one", agree(t, 0, 300, nodes...))
	snapshot(t, nodes[2])
	nodes[2].Close()
	for i := 300; i < 600; i++ {
		record(t, nodes[i%2], i)
	}
	nodes[2] = c.node(t, file(2), 1)
	synced(t, nodes[2])
	if n := nodes[2].Stats().Restored; n != 300 {
		t.Errorf("%d users from the snapshot", n)
	}
	for i := range 600 {
		if o := nodes[2].OptOut(numbered(i)); o.State != bidstream.OptedOut || o.SinceMs != int64(i+1)*1000 {
			t.Fatalf("synced, and %d is %v", i, o.State)
		}
	}
	fresh := c.node(t, file(3), 1)
	synced(t, fresh)
	if fresh.Stats().Users != 600 || fresh.OptOut(numbered(600)).State != bidstream.NotOptedOut {
		t.Errorf("a new node has %d users", fresh.Stats().Users)
	}
}

// TestStreamAway: without its servers, nothing is acknowledged, and a node that starts isn't
// synced. Once they are back, everything works again.
func TestStreamAway(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	dir := t.TempDir()
	first := c.node(t, filepath.Join(dir, "1"), 1)
	synced(t, first)
	record(t, first, 1)
	c.Stop(0)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := first.Record(ctx, numbered(2), 2000); err == nil {
		t.Error("acknowledged without a stream")
	}
	second := c.node(t, filepath.Join(dir, "2"), 1)
	if err := second.WaitSynced(ctx); err == nil || second.OptOut(numbered(1)).State != bidstream.OptOutUnknown {
		t.Error("synced without a stream")
	}
	if first.OptOut(numbered(1)).State != bidstream.OptedOut || first.OptOut(numbered(3)).State != bidstream.NotOptedOut {
		t.Error("a node that was synced forgets")
	}
	c.Start(0)
	record(t, first, 2)
	synced(t, second)
	agree(t, 1, 3, first, second)
	record(t, second, 3)
	agree(t, 1, 4, first, second)
}

// TestClusterLosesAServer: three servers store each entry, and one of them is killed while opt-outs
// arrive.
func TestClusterLosesAServer(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	dir := t.TempDir()
	nodes := []*optout.Store{c.node(t, filepath.Join(dir, "1"), 3), c.node(t, filepath.Join(dir, "2"), 3)}
	for _, s := range nodes {
		synced(t, s)
	}
	for i := range 300 {
		if i == 100 {
			c.Stop(1)
		}
		if i == 200 {
			c.Start(1)
		}
		record(t, nodes[i%2], i)
	}
	agree(t, 0, 300, nodes...)
	fresh := c.node(t, filepath.Join(dir, "3"), 3)
	synced(t, fresh)
	if fresh.Stats().Users != 300 {
		t.Errorf("a new node has %d users", fresh.Stats().Users)
	}
}

// TestStreamsOfOthers: a stream that forgets isn't used, and the reason is reported; one that was
// recreated is read from its start, although the node has seen its numbers.
func TestStreamsOfOthers(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	admin := c.connect(t)
	for note, change := range map[string]func(*jetstream.StreamConfig){
		"an age":          func(s *jetstream.StreamConfig) { s.MaxAge = time.Hour },
		"a size":          func(s *jetstream.StreamConfig) { s.MaxBytes = 1 << 20 },
		"a number":        func(s *jetstream.StreamConfig) { s.MaxMsgs = 1000 },
		"in memory":       func(s *jetstream.StreamConfig) { s.Storage = jetstream.MemoryStorage },
		"a queue":         func(s *jetstream.StreamConfig) { s.Retention = jetstream.WorkQueuePolicy },
		"another subject": func(s *jetstream.StreamConfig) { s.Subjects = []string{"other"} },
	} {
		name := "S" + strings.ReplaceAll(note, " ", "_") // recreating a stream of the same name right after deleting it may fail
		config := jetstream.StreamConfig{Name: name, Subjects: []string{name}}
		change(&config)
		if _, err := admin.CreateStream(context.Background(), config); err != nil {
			t.Fatal(err)
		}
		s := c.nodeOf(t, path(t), optout.StreamConfig{Name: name, Subject: name})
		waitFor(t, func() bool { return errors.Is(s.UnreachableErr(), optout.ErrStream) })
		if s.Synced() || s.OptOut(numbered(1)).State != bidstream.OptOutUnknown {
			t.Errorf("%s: synced", note)
		}
		if err := s.Record(context.Background(), numbered(1), 1); !errors.Is(err, optout.ErrStream) {
			t.Errorf("%s: recorded, %v", note, err)
		}
	}
	file := path(t)
	s, from := c.node(t, file, 1), c.node(t, path(t), 1)
	synced(t, s)
	synced(t, from)
	for i := range 10 {
		record(t, from, i)
	}
	agree(t, 0, 10, s) // it has them from the stream, and so in its copy
	s.Close()
	if err := admin.DeleteStream(context.Background(), "OPTOUTS"); err != nil {
		t.Fatal(err)
	}
	other := c.node(t, path(t), 1)
	synced(t, other)
	record(t, other, 100)
	s = c.node(t, file, 1)
	synced(t, s)
	agree(t, 100, 101, s)
	agree(t, 0, 10, s)
}

// TestSameAtSeveralNodes: an opt-out that reaches several nodes at the same time is acknowledged by
// all of them.
func TestSameAtSeveralNodes(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	var nodes []*optout.Store
	for range 3 {
		nodes = append(nodes, c.node(t, path(t), 3))
	}
	for _, s := range nodes {
		synced(t, s)
	}
	var group errgroup.Group
	for _, s := range nodes {
		for first := range 20 {
			group.Go(func() error {
				for i := range 50 {
					if err := s.Record(context.Background(), numbered(first*50+i), 1000); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	agree(t, 0, 1000, nodes...)
}
