package keyset

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestLargestCacheFile: what is saved can be loaded, and what couldn't be isn't saved.
func TestLargestCacheFile(t *testing.T) {
	c, err := newCacheFile(Cache{Path: filepath.Join(t.TempDir(), "keys"), Secret: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	const most = size - 8 - 1 - 8 - 12 - 16 // magic, version, time, IV and tag
	answer := make([]byte, most+1)
	now := time.UnixMilli(1768478400123)
	if err := c.save(answer[:most], now); err != nil {
		t.Fatal(err)
	}
	if err := c.save(answer, now); !errors.Is(err, ErrCache) || !errors.Is(err, errTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	if got, at, err := c.load(); err != nil || !bytes.Equal(got, answer[:most]) || !at.Equal(now) {
		t.Errorf("%d bytes of %v, %v", len(got), at, err)
	}
	if info, err := os.Stat(c.path); err != nil || info.Size() != size {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Truncate(c.path, size+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.load(); !errors.Is(err, errTooLarge) {
		t.Errorf("a longer file: %v", err)
	}
}
