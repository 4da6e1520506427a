package optout_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// traffic is a fleet of nodes to which opt-outs come without a pause, each to one node after
// another that isn't away, until it is acknowledged, as behind a load balancer. Meanwhile it checks
// the nodes: one that is synced knows each user who was acknowledged before it was opened, and each
// one that it has ever known.
type traffic struct {
	t     *testing.T
	acked atomic.Int64 // all users below it are acknowledged
	again atomic.Int64 // answers that weren't 200

	mu    sync.Mutex
	nodes []*optout.Store

	sending sync.WaitGroup
	cancel  context.CancelFunc
}

// flow starts the traffic. The test must end it.
func flow(t *testing.T, nodes ...*optout.Store) *traffic {
	f := &traffic{t: t}
	for _, s := range nodes {
		synced(t, s)
		f.add(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	t.Cleanup(func() { cancel(); f.sending.Wait() })
	f.sending.Add(1)
	go f.send(ctx)
	return f
}

// add adds a node that was just opened, or is about to be.
func (f *traffic) add(s *optout.Store) {
	f.mu.Lock()
	f.nodes = append(f.nodes, s)
	f.mu.Unlock()
	f.watch(s)
}

// watch checks a node, until it is removed or the test is over.
func (f *traffic) watch(s *optout.Store) {
	known := int(f.acked.Load())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	f.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			for i := range known {
				if s.OptOut(numbered(i)).State == bidstream.NotOptedOut {
					f.t.Errorf("%d has opted out, and a node that is synced would give the raw UID out", i)
					return
				}
			}
			for s.OptOut(numbered(known)).State == bidstream.OptedOut {
				known++
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
}

// remove takes a node away, as a load balancer does before it is stopped, and closes it.
func (f *traffic) remove(s *optout.Store) {
	f.mu.Lock()
	for i := range f.nodes {
		if f.nodes[i] == s {
			f.nodes = append(f.nodes[:i:i], f.nodes[i+1:]...)
			break
		}
	}
	f.mu.Unlock()
	s.Close()
}

// replace closes a node and opens one in its place.
func (f *traffic) replace(s *optout.Store, open func() *optout.Store) *optout.Store {
	f.t.Helper()
	f.remove(s)
	s = open()
	f.add(s)
	synced(f.t, s)
	return s
}

func (f *traffic) send(ctx context.Context) {
	defer f.sending.Done()
	for turn := 0; ctx.Err() == nil; turn++ {
		f.mu.Lock()
		if len(f.nodes) == 0 {
			f.mu.Unlock()
			time.Sleep(time.Millisecond)
			continue
		}
		s := f.nodes[turn%len(f.nodes)]
		f.mu.Unlock()
		if s.UnreachableErr() != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		n := int(f.acked.Load())
		try, cancel := context.WithTimeout(ctx, 3*time.Second)
		err := s.Record(try, numbered(n), int64(n+1)*1000)
		cancel()
		if err != nil {
			f.again.Add(1)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if s.OptOut(numbered(n)).State != bidstream.OptedOut {
			f.t.Errorf("%d was acknowledged by a node that doesn't know it", n)
		}
		f.acked.Store(int64(n + 1))
		time.Sleep(2 * time.Millisecond)
	}
}

// more waits until some more opt-outs have been acknowledged.
func (f *traffic) more(n int) {
	f.t.Helper()
	until := f.acked.Load() + int64(n)
	waitFor(f.t, func() bool { return f.acked.Load() >= until })
}

// end stops the traffic and checks that all nodes know all users who were acknowledged, and that
// one that is opened without a copy does.
func (f *traffic) end(open func() *optout.Store) {
	f.t.Helper()
	f.cancel()
	f.sending.Wait()
	all := int(f.acked.Load())
	agree(f.t, 0, all, f.nodes...)
	fresh := open()
	synced(f.t, fresh)
	for i := range all {
		if fresh.OptOut(numbered(i)).State != bidstream.OptedOut {
			f.t.Fatalf("%d of %d isn't known to a new node", i, all)
		}
	}
	f.t.Logf("%d opt-outs acknowledged, %d answers of 503", all, f.again.Load())
}

// whole waits until each of the stream's servers has all of it, and returns their names, the
// leader's first.
func (c *cluster) whole(t *testing.T, admin jetstream.JetStream, servers int) (names []string) {
	t.Helper()
	waitFor(t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		stream, err := admin.Stream(ctx, "OPTOUTS")
		if err != nil {
			return false
		}
		is := stream.CachedInfo().Cluster
		if is == nil || is.Leader == "" || len(is.Replicas) != servers-1 {
			return false
		}
		names = []string{is.Leader}
		for _, r := range is.Replicas {
			if !r.Current || r.Offline {
				return false
			}
			names = append(names, r.Name)
		}
		return true
	})
	return names
}

// fleetOf opens nodes on a cluster, each with a file of its own.
func (c *cluster) fleetOf(t *testing.T, nodes, replicas int) (opened []*optout.Store, files []string) {
	t.Helper()
	for range nodes {
		files = append(files, path(t))
		opened = append(opened, c.node(t, files[len(files)-1], replicas))
	}
	return opened, files
}

// wipe empties the disk of a server, which must not be running.
func (c *cluster) wipe(t *testing.T, i int) {
	t.Helper()
	c.Restore(i, t.TempDir())
}

func startWith(t *testing.T, n int, o natstest.Options) *cluster {
	t.Helper()
	return &cluster{natstest.Start(t, n, o)}
}
