//go:build unix

package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// listenUnix makes a Unix socket that only those may open whom the mode lets.
func listenUnix(path string, mode fs.FileMode) (*socket, error) {
	unlock, err := lockDirectory(filepath.Dir(path))
	if err != nil {
		return nil, advice.Wrap("-listen unix:"+path+": the directory can't be opened", err, "make the directory, for this user")
	}
	defer unlock()
	if err := clearPath(path); err != nil {
		return nil, advice.Wrap("-listen unix:"+path, err, "")
	}
	private := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) (err error) {
		failed := conn.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), uint32(mode.Perm())) }) // Linux gives the file this mode
		return errors.Join(failed, err)
	}}
	listener, err := private.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, advice.Wrap("-listen unix:"+path, err, "")
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // it may be another process's by then
	err = os.Chmod(path, mode)                           // without what the umask takes away
	file, statErr := os.Lstat(path)
	if err := errors.Join(err, statErr); err != nil {
		listener.Close()
		return nil, advice.Wrap("-listen unix:"+path, err, "")
	}
	return &socket{Listener: listener, place: place{unix: path, mode: mode}, file: file}, nil
}

// clearPath removes a socket that nobody serves, as a process leaves it that was killed.
func clearPath(path string) error {
	file, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if file.Mode().Type() != fs.ModeSocket {
		return advice.Wrap("", errors.New("there is something that is no socket"), "remove it, or choose another path")
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return advice.Wrap("", errors.New("another process serves there"), "stop it, or take its place with -takeover")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return advice.Wrap("there is a socket that this user may not open", err, "remove it, or choose another path")
	}
	return os.Remove(path)
}

// removeSocket removes the file of a socket, unless it is another one by now.
func removeSocket(path string, file fs.FileInfo) {
	unlock, err := lockDirectory(filepath.Dir(path))
	if err != nil {
		return // whoever comes next finds it stale
	}
	defer unlock()
	if now, err := os.Lstat(path); err == nil && os.SameFile(now, file) {
		os.Remove(path)
	}
}

const (
	// lockTries are made for the lock of a directory, with a pause after each.
	lockTries = 50
	lockPause = 20 * time.Millisecond
)

// lockDirectory keeps processes from removing each other's sockets: between a look at a file and
// its removal, nobody else makes one. Everybody who may read the directory can lock it for ever,
// while sidecars have the lock for a moment, so it isn't waited for much longer.
func lockDirectory(path string) (unlock func(), err error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		err = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(lockPause)
	}
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		dir.Close()
		return nil, err
	}
	return func() { dir.Close() }, nil
}
