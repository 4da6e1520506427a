package optout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// unprotected recreates the stream the way somebody would who wants to be able to purge it.
func (c *cluster) unprotected(t *testing.T) jetstream.JetStream {
	t.Helper()
	admin := c.connect(t)
	if _, err := admin.CreateStream(context.Background(), jetstream.StreamConfig{Name: "OPTOUTS", Subjects: []string{"uid2.optouts"}}); err != nil {
		t.Fatal(err)
	}
	return admin
}

// change changes the stream's configuration.
func change(t *testing.T, admin jetstream.JetStream, how func(*jetstream.StreamConfig)) {
	t.Helper()
	stream, err := admin.Stream(context.Background(), "OPTOUTS")
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	how(&config)
	if _, err := admin.UpdateStream(context.Background(), config); err != nil {
		t.Fatal(err)
	}
}

// neverWrong watches a node until stop is called: once it claims to be synced, it must not say of
// the users below a number that they haven't opted out.
func neverWrong(t *testing.T, s *optout.Store, below int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			for i := range below {
				if s.OptOut(numbered(i)).State == bidstream.NotOptedOut {
					t.Errorf("it is synced, and %d hasn't opted out", i)
					return
				}
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return func() { cancel(); <-done }
}

// TestWhatTheStreamLost: what two nodes have and the stream lacks is restored by itself. It is
// known to a node that was disconnected and to a new one before they are synced, and to one that
// joins when the two are gone.
func TestWhatTheStreamLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *cluster, jetstream.JetStream){
		"purged": func(t *testing.T, _ *cluster, admin jetstream.JetStream) {
			stream, err := admin.Stream(context.Background(), "OPTOUTS")
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.Purge(context.Background()); err != nil {
				t.Fatal(err)
			}
		},
		"purged in part": func(t *testing.T, _ *cluster, admin jetstream.JetStream) {
			stream, err := admin.Stream(context.Background(), "OPTOUTS")
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.Purge(context.Background(), jetstream.WithPurgeSequence(70)); err != nil {
				t.Fatal(err)
			}
		},
		"messages deleted": func(t *testing.T, _ *cluster, admin jetstream.JetStream) {
			stream, err := admin.Stream(context.Background(), "OPTOUTS")
			if err != nil {
				t.Fatal(err)
			}
			for _, position := range []uint64{3, 50, 100} {
				if err := stream.DeleteMsg(context.Background(), position); err != nil {
					t.Fatal(err)
				}
			}
		},
		"deleted": func(t *testing.T, _ *cluster, admin jetstream.JetStream) {
			if err := admin.DeleteStream(context.Background(), "OPTOUTS"); err != nil {
				t.Fatal(err)
			}
		},
		"made anew by somebody": func(t *testing.T, c *cluster, admin jetstream.JetStream) {
			if err := admin.DeleteStream(context.Background(), "OPTOUTS"); err != nil {
				t.Fatal(err)
			}
			c.unprotected(t)
		},
		"a limit for a while": func(t *testing.T, _ *cluster, admin jetstream.JetStream) {
			change(t, admin, func(s *jetstream.StreamConfig) { s.MaxMsgs = 10 })
			change(t, admin, func(s *jetstream.StreamConfig) { s.MaxMsgs = -1 })
		},
		"the disk was new": func(t *testing.T, c *cluster, _ jetstream.JetStream) {
			empty := t.TempDir()
			c.Stop(0)
			c.Restore(0, empty)
			c.Start(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 1)
			admin := c.unprotected(t)
			dir := t.TempDir()
			file := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
			first, second, away := c.node(t, file(0), 1), c.node(t, file(1), 1), c.node(t, file(2), 1)
			for _, s := range []*optout.Store{first, second, away} {
				synced(t, s)
			}
			recordAll(t, first, 0, 50)
			agree(t, 0, 50, second, away)
			away.Close()
			recordAll(t, second, 50, 100)
			agree(t, 50, 100, first)
			lose(t, c, admin)
			away = c.node(t, file(2), 1)
			fresh := c.node(t, file(3), 1)
			defer neverWrong(t, away, 100)()
			defer neverWrong(t, fresh, 100)()
			recordAll(t, first, 0, 10) // the service repeats them
			recordAll(t, second, 100, 110)
			for _, s := range []*optout.Store{away, fresh} {
				synced(t, s)
				agree(t, 0, 110, s)
			}
			waitFor(t, func() bool { return first.Synced() && second.Synced() })
			for _, s := range []*optout.Store{first, second, away, fresh} {
				s.Close()
			}
			last := c.node(t, file(4), 1)
			synced(t, last)
			agree(t, 0, 110, last)
		})
	}
}

// TestWhatTheStreamLostAtOnce: what a stream loses before anybody has checked it again, because its
// server lost power before it had written it, is restored from the copy of a node that keeps
// running, and of one that restarts. Nothing else about the stream shows the loss.
func TestWhatTheStreamLostAtOnce(t *testing.T) {
	t.Parallel()
	for _, restarted := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarted %v", restarted), func(t *testing.T) {
			t.Parallel()
			c := startCluster(t, 1)
			file := path(t)
			s := c.node(t, file, 1)
			synced(t, s)
			recordAll(t, s, 0, 10)
			s.Close() // it checks the stream once more
			c.Stop(0)
			backup := c.Backup(0)
			c.Start(0)
			s = c.node(t, file, 1)
			synced(t, s)
			recordAll(t, s, 10, 20)
			c.Stop(0)
			c.Restore(0, backup)
			if restarted {
				s.Close()
				s = c.node(t, file, 1)
			}
			c.Start(0)
			waitFor(t, func() bool { return s.Stats().Refilled == 10 && s.Synced() })
			s.Close()
			fresh := c.node(t, path(t), 1)
			synced(t, fresh)
			if n := fresh.Stats().Users; n != 20 {
				t.Errorf("a new node knows %d users", n)
			}
		})
	}
}

// TestLossesAreCounted: each one counts, even if the same backup is restored again.
func TestLossesAreCounted(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	s := c.node(t, path(t), 1)
	synced(t, s)
	recordAll(t, s, 0, 2)
	c.Stop(0)
	backup := c.Backup(0)
	c.Start(0)
	for n := 1; s.Stats().Losses < 2; n++ {
		if n > 20 {
			t.Fatalf("%d losses", s.Stats().Losses)
		}
		recordAll(t, s, 10*n, 10*n+5)
		time.Sleep(1500 * time.Millisecond) // so that the node has usually checked the stream: otherwise it can't see a loss
		c.Stop(0)
		c.Restore(0, backup)
		c.Start(0)
		waitFor(t, func() bool { return s.UnreachableErr() == nil && s.Synced() })
	}
}

// TestStreamChangedLater: limits that a stream gets while it is in use are noticed, nothing is
// acknowledged in the meantime, and everything continues once they are gone.
func TestStreamChangedLater(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	admin := c.unprotected(t)
	s := c.node(t, path(t), 1)
	synced(t, s)
	recordAll(t, s, 0, 3)
	for i, way := range []func(*jetstream.StreamConfig){
		func(s *jetstream.StreamConfig) { s.MaxAge = time.Hour },
		func(s *jetstream.StreamConfig) { s.MaxBytes = 1 << 20 },
		func(s *jetstream.StreamConfig) { s.Subjects = []string{"another"} },
	} {
		var before jetstream.StreamConfig
		change(t, admin, func(s *jetstream.StreamConfig) { before = *s; way(s) })
		waitFor(t, func() bool { return errors.Is(s.UnreachableErr(), optout.ErrStream) })
		if err := s.Record(context.Background(), numbered(10+i), 1); !errors.Is(err, optout.ErrStream) {
			t.Errorf("recorded: %v", err)
		}
		change(t, admin, func(s *jetstream.StreamConfig) { *s = before })
		waitFor(t, func() bool { return s.UnreachableErr() == nil })
		record(t, s, 10+i)
	}
}

// TestSubjectOfAnotherStream: what goes to another stream isn't acknowledged, even right after the
// change.
func TestSubjectOfAnotherStream(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	admin := c.unprotected(t)
	s := c.node(t, path(t), 1)
	synced(t, s)
	recordAll(t, s, 0, 3)
	change(t, admin, func(s *jetstream.StreamConfig) { s.Subjects = []string{"another"} })
	if _, err := admin.CreateStream(context.Background(), jetstream.StreamConfig{
		Name: "OTHER", Subjects: []string{"uid2.optouts"}, Storage: jetstream.MemoryStorage, MaxAge: time.Minute,
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := s.Record(context.Background(), numbered(10+i), 1); err == nil {
			t.Fatal("it was acknowledged")
		}
	}
	if err := admin.DeleteStream(context.Background(), "OTHER"); err != nil {
		t.Fatal(err)
	}
	change(t, admin, func(s *jetstream.StreamConfig) { s.Subjects = []string{"uid2.optouts"} })
	recordAll(t, s, 10, 30)
	fresh := c.node(t, path(t), 1)
	synced(t, fresh)
	agree(t, 10, 30, fresh)
}

// TestFileThatJoinsAFleet: what a single host has recorded is passed on to the fleet.
func TestFileThatJoinsAFleet(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	file := path(t)
	alone := optout.Open(openFile(t, file))
	for i := range 20 {
		if err := alone.Record(context.Background(), numbered(i), int64(i+1)*1000); err != nil {
			t.Fatal(err)
		}
	}
	alone.Close()
	joined, other := c.node(t, file, 1), c.node(t, path(t), 1)
	synced(t, joined)
	agree(t, 0, 20, other)
	if n := joined.Stats().Refilled; n != 20 {
		t.Errorf("%d given", n)
	}
	joined.Close()
	joined = c.node(t, file, 1)
	synced(t, joined)
	if stats := joined.Stats(); stats.Refilled != 0 || stats.Users != 20 {
		t.Errorf("after a restart: %+v", stats)
	}
}

// TestCopyStaysSmall: reading a stream again because it has lost messages doesn't double the copy.
func TestCopyStaysSmall(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	admin := c.unprotected(t)
	file := path(t)
	s := c.node(t, file, 1)
	synced(t, s)
	recordAll(t, s, 0, 100)
	if err := admin.DeleteStream(context.Background(), "OPTOUTS"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return s.Stats().Refilled == 100 && s.Synced() })
	s.Close()
	log := openFile(t, file)
	defer log.Close()
	entries := 0
	if err := log.Replay(context.Background(), 0, func(uint64, optout.Entry) error { entries++; return nil }); err != nil || entries > 105 {
		t.Errorf("%d entries, %v", entries, err)
	}
}

// TestLargeForeignMessages: they don't hold anything up, and are quarantined.
func TestLargeForeignMessages(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	admin := c.unprotected(t)
	large := bytes.Repeat([]byte("x"), 1<<20-1000)
	for range 100 {
		if _, err := admin.Publish(context.Background(), "uid2.optouts", large); err != nil {
			t.Fatal(err)
		}
	}
	s := c.node(t, path(t), 1)
	synced(t, s)
	recordAll(t, s, 0, 3)
	waitFor(t, func() bool { return s.Stats().Foreign == 100 })
}

// TestStreamTakesNothingLarge: a stream that the log created doesn't accept large messages at all.
func TestStreamTakesNothingLarge(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	synced(t, c.node(t, path(t), 1))
	if _, err := c.connect(t).Publish(context.Background(), "uid2.optouts", make([]byte, 2<<10)); err == nil {
		t.Error("it takes 2 KB")
	}
}

// losing is a log that others append to, and that reports a loss.
type losing struct {
	optout.Log
	appended chan optout.Entry
	events   chan optout.FollowEvents
}

func (l *losing) Append(_ context.Context, e optout.Entry) error {
	l.appended <- e
	return nil
}

func (l *losing) Follow(ctx context.Context, _ uint64, _ func(uint64, optout.Entry) error, events optout.FollowEvents) error {
	l.events <- events
	<-ctx.Done()
	return ctx.Err()
}

// TestLostLog: after a loss, nothing counts as already recorded, and nobody counts as not opted out
// until the log has caught up again.
func TestLostLog(t *testing.T) {
	log := &losing{openFile(t, path(t)), make(chan optout.Entry, 10), make(chan optout.FollowEvents, 1)}
	s := optout.Open(log)
	defer s.Close()
	events := <-log.events
	events.CaughtUp()
	synced(t, s)
	for range 2 {
		record(t, s, 1)
	}
	if n := len(log.appended); n != 1 {
		t.Fatalf("appended %d times", n)
	}
	events.Lost()
	if s.Synced() || s.OptOut(numbered(2)).State != bidstream.OptOutUnknown || s.OptOut(numbered(1)).State != bidstream.OptedOut {
		t.Error("it says more than it knows, or less")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.WaitSynced(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited: %v", err)
	}
	record(t, s, 1)
	if n := len(log.appended); n != 2 {
		t.Errorf("appended %d times", n)
	}
	events.CaughtUp()
	synced(t, s)
	if s.OptOut(numbered(2)).State != bidstream.NotOptedOut {
		t.Error("it doesn't say what it knows")
	}
}

// TestWaitsForOthers: a node that waits for another one, which can't publish what the stream lacks,
// reports which one, and stops waiting when that one is gone.
func TestWaitsForOthers(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	c.unprotected(t)
	stuck := c.node(t, path(t), 3) // it insists on three replicas, of a stream with one
	waitFor(t, func() bool { return errors.Is(stuck.UnreachableErr(), optout.ErrStream) })
	s := c.node(t, path(t), 1)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return errors.Is(s.UnreachableErr(), optout.ErrWaiting) })
	if s.Synced() || !s.Stats().Unreachable || !strings.Contains(s.UnreachableErr().Error(), host+"/") {
		t.Errorf("synced %v: %v", s.Synced(), s.UnreachableErr())
	}
	record(t, s, 1) // it works even though it isn't synced
	stuck.Close()
	synced(t, s)
	waitFor(t, func() bool { return s.UnreachableErr() == nil })
}
