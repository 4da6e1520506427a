package optout_test

import (
	"context"
	"errors"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
)

// ended returns a context that has ended, and a number of tries after which a random choice would
// have gone both ways.
func ended(t *testing.T) (ctx context.Context, tries int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, 200
}

// TestWaitSyncedSaysWhatIsSo: a context that has ended doesn't hide that the log has been read, or
// why it can't be read.
func TestWaitSyncedSaysWhatIsSo(t *testing.T) {
	ctx, tries := ended(t)
	synced := open(t, path(t))
	failed := optout.Open(unreadableLog{})
	t.Cleanup(func() { failed.Close() })
	if err := failed.WaitSynced(context.Background()); !errors.Is(err, errUnreadable) {
		t.Fatal(err)
	}
	for range tries {
		if err := synced.WaitSynced(ctx); err != nil {
			t.Fatalf("a synced store: %v", err)
		}
		if err := failed.WaitSynced(ctx); !errors.Is(err, errUnreadable) {
			t.Fatalf("a store that can't be: %v", err)
		}
	}
}

// TestWaitSyncedEndsWithItsContext: as long as the log is still being read, the context's error is
// returned.
func TestWaitSyncedEndsWithItsContext(t *testing.T) {
	ctx, _ := ended(t)
	reading := optout.Open(endlessLog{})
	t.Cleanup(func() { reading.Close() })
	if err := reading.WaitSynced(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("while it reads: %v", err)
	}
}

// TestAnOpenLogIsRead, even if the context has ended.
func TestAnOpenLogIsRead(t *testing.T) {
	ctx, tries := ended(t)
	log, err := optout.OpenFile(path(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	for range tries {
		if users, err := log.Hashed(ctx); users != 0 || err != nil {
			t.Fatalf("%d users, %v", users, err)
		}
	}
}

var errUnreadable = errors.New("unreadable")

type unreadableLog struct{ brokenLog }

func (unreadableLog) Replay(context.Context, uint64, func(uint64, optout.Entry) error) error {
	return errUnreadable
}

type endlessLog struct{ brokenLog }

func (endlessLog) Replay(ctx context.Context, _ uint64, _ func(uint64, optout.Entry) error) error {
	<-ctx.Done()
	return ctx.Err()
}
