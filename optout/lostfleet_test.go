package optout_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestStreamThatLostItsEnd: the stream's server is restored from a backup, and gives other opt-outs
// the numbers of those that it lost. A node that keeps running, and one that restarts, know the new
// ones all the same.
func TestStreamThatLostItsEnd(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	dir := t.TempDir()
	running, restarted := c.node(t, filepath.Join(dir, "running"), 1), c.node(t, filepath.Join(dir, "restarted"), 1)
	synced(t, running)
	synced(t, restarted)
	recordAll(t, running, 0, 10)
	agree(t, 0, 10, running, restarted)
	c.Stop(0)
	backup := c.Backup(0)
	c.Start(0)
	recordAll(t, running, 10, 20)
	agree(t, 10, 20, running, restarted)
	restarted.Close()
	c.Stop(0)
	c.Restore(0, backup)
	c.Start(0)
	other := c.node(t, filepath.Join(dir, "other"), 1)
	recordAll(t, other, 20, 45)
	restarted = c.node(t, filepath.Join(dir, "restarted"), 1)
	synced(t, restarted)
	agree(t, 20, 45, other, restarted)
	agree(t, 20, 45, running)
	agree(t, 0, 20, running, restarted)
}

// TestStreamWithAStranger: a message that isn't an opt-out doesn't stop the others from arriving,
// neither now nor after a restart, and is quarantined.
func TestStreamWithAStranger(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	file := filepath.Join(t.TempDir(), "node")
	s := c.node(t, file, 1)
	synced(t, s)
	recordAll(t, s, 0, 2)
	if _, err := c.connect(t).Publish(context.Background(), "uid2.optouts", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	other := c.node(t, filepath.Join(t.TempDir(), "other"), 1)
	synced(t, other)
	recordAll(t, other, 2, 4)
	agree(t, 0, 4, s, other)
	waitFor(t, func() bool { return s.Stats().Foreign == 1 && other.Stats().Foreign == 1 })
	s.Close()
	s = c.node(t, file, 1)
	synced(t, s)
	recordAll(t, other, 4, 6)
	agree(t, 0, 6, s)
	s.Close()
	log := openFile(t, file)
	defer log.Close()
	found := 0
	if err := log.Quarantined(context.Background(), func(_ int64, what []byte) error {
		if string(what) == "hello" {
			found++
		}
		return nil
	}); err != nil || found != 1 {
		t.Errorf("%d times in the quarantine: %v", found, err)
	}
}

// TestAway: a node reports that the stream is lost and that it is back.
func TestAway(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	var lost, back atomic.Int64
	s := optout.Open(jetStream(t, c.connect(t), optout.StreamConfig{}, openFile(t, filepath.Join(t.TempDir(), "node"))), optout.WithUnreachableHandler(func(err error) {
		if err != nil {
			lost.Add(1)
		} else {
			back.Add(1)
		}
	}))
	defer s.Close()
	synced(t, s)
	c.Stop(0)
	waitFor(t, func() bool { return lost.Load() == 1 && s.Stats().Unreachable && s.UnreachableErr() != nil })
	if !s.Synced() {
		t.Error("a node that was synced goes on with what it knows")
	}
	c.Start(0)
	waitFor(t, func() bool { return back.Load() == 1 && !s.Stats().Unreachable })
}

// TestCloseWithoutServers: a node whose stream can't be reached closes at once.
func TestCloseWithoutServers(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	s := c.node(t, filepath.Join(t.TempDir(), "node"), 1)
	synced(t, s)
	c.Stop(0)
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Fatal("it doesn't end")
	}
}

func recordAll(t *testing.T, s *optout.Store, from, below int) {
	t.Helper()
	for i := from; i < below; i++ {
		record(t, s, i)
	}
}

// waitFor waits until so returns true.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for !so() {
		if ctx.Err() != nil {
			t.Fatal("it doesn't become so")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
