package optout_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

var fleetUsers = flag.Int("fleet-users", 1000, "number of users for which TestFleetNeeds says what a fleet needs")

// TestFleetNeeds: a store with many users joins a fleet of three servers, then a node without a
// copy. It logs how long that takes, and how many bytes the stream has for each user.
func TestFleetNeeds(t *testing.T) {
	t.Parallel()
	c := startWith(t, 3, natstest.Options{SyncAlways: true})
	synced(t, c.node(t, path(t), 3))
	file := path(t)
	local := openFile(t, file)
	all := make([]optout.Entry, *fleetUsers)
	for i := range all {
		all[i] = optout.Entry{UID: numbered(i), SinceMs: int64(i+1) * 1000, ReceivedMs: int64(i+1) * 1000}
	}
	if err := local.AppendAll(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	local.Close()
	join := func(file string) time.Duration {
		start := time.Now()
		s := c.node(t, file, 3)
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		if err := s.WaitSynced(ctx); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats().Users; n != len(all) {
			t.Errorf("%d users", n)
		}
		return time.Since(start)
	}
	gave, got := join(file), join(path(t))
	stream, err := c.connect(t).Stream(context.Background(), "OPTOUTS")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d users: %d bytes of the stream for each on each server; given in %v, got by a new node in %v",
		len(all), int(stream.CachedInfo().State.Bytes)/max(1, len(all)), gave, got)
}
