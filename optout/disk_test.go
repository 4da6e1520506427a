package optout_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// unlike returns a raw UID of which no part is found by chance, as it would be of one with zeros.
func unlike(t *testing.T, n int) codec.RawUID {
	t.Helper()
	sum := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
	uid, err := codec.NewRawUID(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// TestWhatAThiefOfTheDiskFinds: the log has the raw UIDs, and no other file of a store does, in
// bytes or in part; all are for their owner only.
func TestWhatAThiefOfTheDiskFinds(t *testing.T) {
	const users = 300
	file := path(t)
	s := open(t, file)
	for i := range users {
		if err := s.Record(context.Background(), unlike(t, i), 1000); err != nil {
			t.Fatal(err)
		}
	}
	snapshot(t, s)
	s.Close()
	for part, holds := range map[string]int{"": users, ".end": 0, ".index": 0} {
		content, err := os.ReadFile(file + part)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i := range users {
			if uid := unlike(t, i).AppendBytes(nil); bytes.Contains(content, uid[10:26]) {
				found++
			}
		}
		if found != holds {
			t.Errorf("optouts.db%s holds %d raw UIDs, want %d", part, found, holds)
		}
		if info, err := os.Stat(file + part); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("optouts.db%s: %v, %v", part, info.Mode(), err)
		}
	}
}
