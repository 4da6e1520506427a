package optout_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestProgress: as many bytes are reported as a log has, times how often it is read.
func TestProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := openFile(t, path)
	entries := make([]optout.Entry, 40_000) // more than are read at a time
	for i := range entries {
		entries[i] = optout.Entry{UID: uidOf(uint64(i)), SinceMs: 1, ReceivedMs: 1}
	}
	if err := log.AppendAll(context.Background(), entries); err != nil {
		t.Fatal(err)
	}
	var read int64
	ctx := optout.WithProgress(context.Background(), func(bytes int64) { read += bytes })
	if err := log.Replay(ctx, 0, func(uint64, optout.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	replayed := read
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got int64, times float64) {
		if ratio := float64(got) / float64(info.Size()); ratio < times-0.02 || ratio > times+0.02 {
			t.Errorf("%s: %d bytes, of a log of %d", what, got, info.Size())
		}
	}
	near("replay", replayed, 1)
	read = 0
	if _, err := optout.Verify(ctx, path); err != nil {
		t.Fatal(err)
	}
	near("verify", read, 1)
	read = 0
	if _, err := optout.Compact(ctx, path); err != nil {
		t.Fatal(err)
	}
	near("compact", read, 4)
}
