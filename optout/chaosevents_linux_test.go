package optout_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// chaosEvent is something that happens to a fleet. It ends when it is undone, by itself or by
// whoever operates the servers.
type chaosEvent struct {
	kind   string
	mild   bool // also in the short test
	ofNode bool // it happens to a node, so no other node may be down
	disk   bool // it needs small file systems
	run    func(ctx context.Context, f *chaosFleet) error
}

var chaosEvents = []chaosEvent{
	{kind: "a server is killed", mild: true, run: killServer},
	{kind: "the stream's leader is killed", run: killLeader},
	{kind: "a server stands still", mild: true, run: stopServer},
	{kind: "a node is killed", mild: true, ofNode: true, run: killNode},
	{kind: "a node stands still", mild: true, ofNode: true, run: stopNode},
	{kind: "all nodes are killed", ofNode: true, run: killNodes},
	{kind: "a node without its files", ofNode: true, run: wipeNode},
	{kind: "all servers are killed", run: killServers},
	{kind: "a server is wiped", run: wipeServer},
	{kind: "all servers are wiped", run: wipeServers},
	{kind: "all servers from a backup", run: restoreServers},
	{kind: "the stream is deleted", run: deleteStream},
	{kind: "the stream is made anew", run: remakeStream},
	{kind: "the stream is purged", run: purgeStream},
	{kind: "the subject is moved", run: moveSubject},
	{kind: "a limit of age", run: limitAge},
	{kind: "a limit of number", run: limitNumber},
	{kind: "a server's disk is full", disk: true, run: fillServer},
	{kind: "a node's disk is full", disk: true, ofNode: true, run: fillNode},
}

// noticing is how long a node may take to report that somebody has changed the stream.
const noticing = 5 * time.Second

func killServer(ctx context.Context, f *chaosFleet) error {
	i := f.random.IntN(len(f.serverDirs))
	f.servers.Kill(i)
	f.wait(ctx, time.Second, 4*time.Second)
	return f.servers.Start(i)
}

// killLeader makes the servers elect another leader, which takes them some seconds, and everybody
// find it.
func killLeader(ctx context.Context, f *chaosFleet) error {
	var leader string
	err := f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		stream, err := js.Stream(ctx, chaosStream)
		if err == nil {
			leader = stream.CachedInfo().Cluster.Leader
		}
		return err
	})
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(strings.TrimPrefix(leader, "n"))
	if err != nil {
		return err
	}
	f.servers.Kill(i)
	f.wait(ctx, 5*time.Second, 15*time.Second)
	return f.servers.Start(i)
}

func stopServer(ctx context.Context, f *chaosFleet) error {
	i := f.random.IntN(len(f.serverDirs))
	if err := f.servers.Signal(i, syscall.SIGSTOP); err != nil {
		return err
	}
	f.wait(ctx, 2*time.Second, 6*time.Second)
	return f.servers.Signal(i, syscall.SIGCONT)
}

func killNode(ctx context.Context, f *chaosFleet) error {
	n := f.anyNode()
	if f.random.IntN(2) == 0 {
		n.snapshot(ctx)
	}
	n.kill()
	f.wait(ctx, time.Second, 3*time.Second)
	return n.start()
}

// killNodes destroys everything that only a node's memory had.
func killNodes(ctx context.Context, f *chaosFleet) (err error) {
	for _, n := range f.nodes {
		n.kill()
	}
	for _, n := range f.nodes {
		err = errors.Join(err, n.start())
	}
	return err
}

func stopNode(ctx context.Context, f *chaosFleet) error {
	goOn, err := f.anyNode().stop()
	if err != nil {
		return err
	}
	f.wait(ctx, 2*time.Second, 6*time.Second)
	return goOn()
}

func wipeNode(ctx context.Context, f *chaosFleet) error {
	n := f.anyNode()
	n.kill()
	if err := empty(n.dir); err != nil {
		return err
	}
	f.wait(ctx, 0, 2*time.Second)
	return n.start()
}

func killServers(ctx context.Context, f *chaosFleet) error {
	return f.withoutServers(ctx, func(int) error { return nil })
}

func wipeServer(ctx context.Context, f *chaosFleet) error {
	i := f.random.IntN(len(f.serverDirs))
	f.servers.Kill(i)
	if err := empty(f.serverDirs[i]); err != nil {
		return err
	}
	f.wait(ctx, time.Second, 3*time.Second)
	return f.servers.Start(i)
}

func wipeServers(ctx context.Context, f *chaosFleet) error {
	return f.withoutServers(ctx, func(i int) error { return empty(f.serverDirs[i]) })
}

// restoreServers restores all servers to their state of some seconds ago.
func restoreServers(ctx context.Context, f *chaosFleet) error {
	backup := func(i int) string { return filepath.Join(f.dir, fmt.Sprint("backup", i)) }
	err := f.withoutServers(ctx, func(i int) error {
		return errors.Join(os.RemoveAll(backup(i)), os.CopyFS(backup(i), os.DirFS(f.serverDirs[i])))
	})
	if err != nil {
		return err
	}
	if err := f.waitWhole(ctx); err != nil {
		return err
	}
	f.wait(ctx, 3*time.Second, 6*time.Second)
	return f.withoutServers(ctx, func(i int) error {
		return errors.Join(empty(f.serverDirs[i]), os.CopyFS(f.serverDirs[i], os.DirFS(backup(i))))
	})
}

func deleteStream(ctx context.Context, f *chaosFleet) error {
	return f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		return js.DeleteStream(ctx, chaosStream)
	})
}

func remakeStream(ctx context.Context, f *chaosFleet) error {
	return f.remake(ctx, func(*jetstream.StreamConfig) {})
}

// purgeStream purges the stream, after changing its configuration to allow that.
func purgeStream(ctx context.Context, f *chaosFleet) error {
	if err := f.remake(ctx, func(c *jetstream.StreamConfig) { c.DenyPurge, c.DenyDelete = false, false }); err != nil {
		return err
	}
	f.wait(ctx, 6*time.Second, 8*time.Second)
	return f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		stream, err := js.Stream(ctx, chaosStream)
		if err != nil {
			return err
		}
		return stream.Purge(ctx)
	})
}

// moveSubject gives the fleet's subject to another stream, which forgets what it gets.
func moveSubject(ctx context.Context, f *chaosFleet) error {
	err := f.change(ctx, func(c *jetstream.StreamConfig) { c.Subjects = []string{"elsewhere"} })
	if err != nil {
		return err
	}
	const thief = "THIEF"
	err = f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: thief, Subjects: []string{chaosSubject}, Storage: jetstream.MemoryStorage, MaxAge: time.Minute})
		return err
	})
	f.wait(ctx, noticing, 2*noticing)
	f.mustBeNoticed(ctx)
	return errors.Join(err,
		f.admin(ctx, func(ctx context.Context, js jetstream.JetStream) error {
			if err := js.DeleteStream(ctx, thief); !errors.Is(err, jetstream.ErrStreamNotFound) {
				return err
			}
			return nil
		}),
		f.change(ctx, func(c *jetstream.StreamConfig) { c.Subjects = []string{chaosSubject} }))
}

func limitAge(ctx context.Context, f *chaosFleet) error {
	if err := f.change(ctx, func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }); err != nil {
		return err
	}
	f.wait(ctx, noticing, 2*noticing)
	f.mustBeNoticed(ctx)
	return f.change(ctx, func(c *jetstream.StreamConfig) { c.MaxAge = 0 })
}

// limitNumber makes the stream forget most of its messages.
func limitNumber(ctx context.Context, f *chaosFleet) error {
	if err := f.change(ctx, func(c *jetstream.StreamConfig) { c.MaxMsgs = 100 }); err != nil {
		return err
	}
	f.wait(ctx, noticing, 2*noticing)
	f.mustBeNoticed(ctx)
	return f.change(ctx, func(c *jetstream.StreamConfig) { c.MaxMsgs = -1 })
}

// fillServer fills a server's disk. The server then stops serving its streams until it is
// restarted, which is up to whoever operates it.
func fillServer(ctx context.Context, f *chaosFleet) error {
	i := f.random.IntN(len(f.serverDirs))
	room, err := fillDisk(f.serverDirs[i])
	if err != nil {
		return err
	}
	f.wait(ctx, 3*time.Second, 6*time.Second)
	f.servers.Kill(i)
	return errors.Join(room(), f.servers.Start(i))
}

func fillNode(ctx context.Context, f *chaosFleet) error {
	n := f.anyNode()
	room, err := fillDisk(n.dir)
	if err != nil {
		return err
	}
	f.wait(ctx, 3*time.Second, 6*time.Second)
	if f.random.IntN(2) == 0 {
		n.kill()
		return errors.Join(room(), n.start())
	}
	return room()
}

// fillDisk fills a file system, and returns a function that frees the space again.
func fillDisk(dir string) (room func() error, err error) {
	name := filepath.Join(dir, "ballast")
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			return nil, errors.Join(err, os.Remove(name))
		}
	}
	return func() error { return os.Remove(name) }, nil
}

// empty removes what is in a directory, which may be a file system of its own.
func empty(dir string) error {
	found, err := os.ReadDir(dir)
	for _, f := range found {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, f.Name())))
	}
	return err
}
