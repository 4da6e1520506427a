package optout

import (
	"errors"
	"os"
	"syscall"
)

// errSharing is ERROR_SHARING_VIOLATION.
const errSharing = syscall.Errno(32)

// openLocked opens a file such that nobody else can open it or, if it is opened for reading, only
// for reading too. If that isn't possible, the error is ErrLocked.
func openLocked(path string, flag int) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	access, share, create := uint32(syscall.GENERIC_READ), uint32(syscall.FILE_SHARE_READ), uint32(syscall.OPEN_EXISTING)
	if flag&os.O_RDWR != 0 {
		access, share = access|syscall.GENERIC_WRITE, 0
	}
	if flag&os.O_CREATE != 0 {
		create = syscall.OPEN_ALWAYS
	}
	handle, err := syscall.CreateFile(name, access, share, nil, create, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharing) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}
