//go:build unix

package optout

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file, and locks it for this process or, if it is opened for reading, for all
// readers. The lock ends when the file is closed or the process ends. It doesn't wait: if the file
// is locked, the error is ErrLocked. Reading also works where locks aren't supported, as on a
// read-only medium.
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
