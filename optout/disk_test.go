package optout_test

import (
	"bytes"
	"os"
	"testing"
)

// TestWhatAThiefOfTheDiskFinds: the log has the raw UIDs, and no other file of a store does, in
// bytes or in part; all are for their owner only.
func TestWhatAThiefOfTheDiskFinds(t *testing.T) {
	const users = 300
	file := path(t)
	s := open(t, file)
	fill(t, s, 1<<40, 1<<40+users)
	snapshot(t, s)
	s.Close()
	for part, holds := range map[string]int{"": users, ".end": 0, ".index": 0} {
		content, err := os.ReadFile(file + part)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i := 1 << 40; i < 1<<40+users; i++ {
			if uid := numbered(i).AppendBytes(nil); bytes.Contains(content, uid[10:26]) {
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
