//go:build unix

package optout

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file, and locks it for this process, or for all who read it. The lock ends
// with the file, or the process. It doesn't wait: ErrLocked. A file that is only read may be where
// there are no locks, as on a medium that nobody writes to.
func openLocked(path string, flag int) (*os.File, error) {
	file, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if flag&os.O_RDWR == 0 {
		how = syscall.LOCK_SH
	}
	err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	if err == nil || how == syscall.LOCK_SH && !errors.Is(err, syscall.EWOULDBLOCK) {
		return file, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrLocked
	}
	return nil, err
}
