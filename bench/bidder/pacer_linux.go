package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// pacer waits for requests to be due. A goroutine that sleeps is woken up to a millisecond late if
// its process has nothing else to do, as epoll counts in these; a timer's file is ready in time.
type pacer struct{ timer *os.File }

func newPacer() (pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return pacer{}, os.NewSyscallError("timerfd_create", err)
	}
	return pacer{os.NewFile(uintptr(fd), "timer")}, nil
}

// until returns when a time has come.
func (p pacer) until(due time.Time) error {
	wait := time.Until(due)
	if wait <= 0 {
		return nil
	}
	raw, err := p.timer.SyscallConn()
	if err != nil {
		return err
	}
	var setErr error
	if err := raw.Control(func(fd uintptr) {
		setErr = unix.TimerfdSettime(int(fd), 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}, nil)
	}); err != nil {
		return err
	}
	if setErr != nil {
		return os.NewSyscallError("timerfd_settime", setErr)
	}
	var expirations [8]byte
	_, err = p.timer.Read(expirations[:])
	return err
}

func (p pacer) close() error { return p.timer.Close() }
