//go:build go1.25

package optout_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
)

// The stream has the names that a node gives it by default.
const (
	chaosStream  = "OPTOUTS"
	chaosSubject = "uid2.optouts"
)

// chaosFleet is three NATS servers and three nodes, each in a process of its own.
type chaosFleet struct {
	dir        string
	servers    *natstest.Processes
	serverDirs []string
	nodes      []*fleetNode
	model      *model
	random     *rand.Rand // for the events; the senders have their own
	begun      time.Time
	broken     int // events that failed, or after which the servers didn't recover
	logf       func(format string, args ...any)
}

// newChaosFleet starts a fleet. With small disks, each server and each node has a file system of
// its own.
func newChaosFleet(t *testing.T, seed uint64, smallDisks bool) *chaosFleet {
	t.Helper()
	f := &chaosFleet{dir: t.TempDir(), model: newModel(), random: rand.New(rand.NewPCG(seed, 0)), begun: time.Now()}
	f.logf = func(format string, args ...any) {
		t.Logf("%6.1f s  %s", time.Since(f.begun).Seconds(), fmt.Sprintf(format, args...))
	}
	for i := range 3 {
		f.serverDirs = append(f.serverDirs, chaosDirectory(t, f.dir, fmt.Sprint("server", i), smallDisks))
	}
	servers, err := natstest.StartProcesses(f.serverDirs, natstest.Options{SyncAlways: true}, ownGroup())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	f.servers = servers
	for i := range 3 {
		name := fmt.Sprint("node", i)
		n := &fleetNode{name: name, dir: chaosDirectory(t, f.dir, name, smallDisks), urls: servers.URLs()}
		if err := n.start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.kill)
		f.nodes = append(f.nodes, n)
	}
	return f
}

// chaosDirectory makes a directory, with a file system of 64 MB if smallDisk is set.
func chaosDirectory(t *testing.T, parent, name string, smallDisk bool) string {
	t.Helper()
	dir := filepath.Join(parent, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if smallDisk {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m,mode=700"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
	return dir
}

// mayMount reports whether this process may mount file systems.
func mayMount(t *testing.T) bool {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Logf("no disk gets full: %v", err)
		return false
	}
	return syscall.Unmount(dir, 0) == nil
}

func (f *chaosFleet) anyNode() *fleetNode { return f.nodes[f.random.IntN(len(f.nodes))] }

// wait waits for a random time between two durations, the shorter one in the short test, or until
// ctx ends.
func (f *chaosFleet) wait(ctx context.Context, least, most time.Duration) {
	if *chaosFor > 0 {
		least += time.Duration(f.random.Int64N(int64(most - least)))
	}
	pause(ctx, least)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// withoutServers kills all servers, does something to each, and starts them again.
func (f *chaosFleet) withoutServers(ctx context.Context, do func(i int) error) (err error) {
	for i := range f.serverDirs {
		f.servers.Kill(i)
	}
	for i := range f.serverDirs {
		err = errors.Join(err, do(i))
	}
	f.wait(ctx, 0, time.Second)
	for i := range f.serverDirs {
		err = errors.Join(err, f.servers.Start(i))
	}
	return err
}

// startAll starts all processes that aren't running.
func (f *chaosFleet) startAll() (err error) {
	for i := range f.serverDirs {
		if !f.servers.Running(i) {
			err = errors.Join(err, f.servers.Start(i))
		}
	}
	for _, n := range f.nodes {
		if !n.running() {
			err = errors.Join(err, n.start())
		}
	}
	return err
}

// adminTries is how long administrative actions are retried: a cluster that has just lost its
// leader refuses them.
const adminTries = 45 * time.Second

// admin does something with a connection of its own, and retries until it works: the server it is
// connected to may be the suspended one.
func (f *chaosFleet) admin(ctx context.Context, do func(context.Context, jetstream.JetStream) error) error {
	ctx, cancel := context.WithTimeout(ctx, adminTries)
	defer cancel()
	for {
		err := f.adminOnce(ctx, do)
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func (f *chaosFleet) adminOnce(ctx context.Context, do func(context.Context, jetstream.JetStream) error) error {
	nc, err := nats.Connect(f.servers.URLs(), nats.Timeout(time.Second), nats.NoReconnect())
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return do(ctx, js)
}

// change changes the configuration of the stream, as an outsider.
func (f *chaosFleet) change(ctx context.Context, how func(*jetstream.StreamConfig)) error {
	return f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		stream, err := js.Stream(ctx, chaosStream)
		if err != nil {
			return err
		}
		config := stream.CachedInfo().Config
		how(&config)
		_, err = js.UpdateStream(ctx, config)
		return err
	})
}

// remake deletes the stream and creates another one of the same name, as an outsider, unless a node
// is faster.
func (f *chaosFleet) remake(ctx context.Context, how func(*jetstream.StreamConfig)) error {
	var config jetstream.StreamConfig
	if err := f.change(ctx, func(c *jetstream.StreamConfig) { config = *c }); err != nil {
		return err
	}
	how(&config)
	return f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		if err := js.DeleteStream(ctx, chaosStream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return err
		}
		_, err := js.CreateStream(ctx, config)
		return err
	})
}

// waitWhole waits until the servers have recovered: all are there, and all have the whole stream,
// if there is one.
func (f *chaosFleet) waitWhole(ctx context.Context) error {
	return f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		if _, err := js.AccountInfo(ctx); err != nil {
			return err
		}
		stream, err := js.Stream(ctx, chaosStream)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		of := stream.CachedInfo().Cluster
		if of == nil || of.Leader == "" || len(of.Replicas) != len(f.serverDirs)-1 {
			return errors.New("the stream has no leader, or too few servers")
		}
		for _, replica := range of.Replicas {
			if !replica.Current || replica.Offline {
				return fmt.Errorf("the stream isn't whole on %s", replica.Name)
			}
		}
		return nil
	})
}

// mustBeNoticed counts the nodes that report no problem although a human is needed.
func (f *chaosFleet) mustBeNoticed(ctx context.Context) {
	for _, n := range f.nodes {
		trouble := n.trouble(ctx)
		if trouble == "" {
			trouble = "says that all is well"
			f.model.unnoticed()
		}
		f.logf("    %s: %s", n.name, trouble)
	}
}

// askAll asks all nodes about all users below a number.
func (f *chaosFleet) askAll(ctx context.Context, below uint64) (answers []answer) {
	answers = make([]answer, len(f.nodes))
	var asking sync.WaitGroup
	for i, n := range f.nodes {
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			if a, err := n.ask(ctx, 0, below); err == nil {
				answers[i] = a
			}
		})
	}
	asking.Wait()
	return answers
}
