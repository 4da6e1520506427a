package atomicfile

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestSyncDir: a directory that can't be synced, or isn't there, is an error.
func TestSyncDir(t *testing.T) {
	if err := SyncDir(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := SyncDir("/proc/self"); !errors.Is(err, syscall.EINVAL) { // there is no disk behind it
		t.Errorf("%v", err)
	}
	if err := SyncDir("none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
