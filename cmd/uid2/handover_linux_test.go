package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// listenAsStranger listens at an abstract socket as another user does.
func listenAsStranger(t *testing.T, name string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become := func(uid uintptr) {
		const same = ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, same, uid, same); errno != 0 { // of this thread alone
			t.Fatal(errno)
		}
	}
	become(65534)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	become(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
}

// TestTakeoverFromStranger: a stranger who has the name at which sockets are handed over is trusted
// with nothing, and keeps no sidecar from starting.
func TestTakeoverFromStranger(t *testing.T) {
	p := place{unix: filepath.Join(t.TempDir(), "s"), mode: 0o600}
	listenAsStranger(t, p.handoverName())
	socket, err := p.open(context.Background(), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.Close(); err != nil {
		t.Error(err)
	}
}

// TestOfferWithoutFiles: a process that has no file left for a moment still hands its socket over
// when it has.
func TestOfferWithoutFiles(t *testing.T) {
	p := place{unix: filepath.Join(t.TempDir(), "s"), mode: 0o600}
	socket, err := listenUnix(p.unix, p.mode)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	ended := make(chan error, 1)
	go func() { ended <- socket.offer(t.Context(), func() error { return nil }) }()
	for name := (&net.UnixAddr{Name: p.handoverName(), Net: "unix"}); ; time.Sleep(time.Millisecond) {
		free, err := net.ListenUnix("unix", name)
		if err != nil {
			break // it is offered
		}
		free.Close()
	}
	early, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	withoutFiles(t, func() {
		if err := syscall.Connect(early, &syscall.SockaddrUnix{Name: p.handoverName()}); err != nil {
			t.Error(err)
		}
		time.Sleep(100 * time.Millisecond) // meanwhile it can't be accepted
	})
	syscall.Close(early)
	taken, err := p.takeOver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := taken.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestSlowLeave: a process that takes long to leave doesn't keep the next one from serving.
func TestSlowLeave(t *testing.T) {
	defer func(before time.Duration) { handoverTime = before }(handoverTime)
	handoverTime = 500 * time.Millisecond
	p := place{unix: filepath.Join(t.TempDir(), "s"), mode: 0o600}
	socket, err := listenUnix(p.unix, p.mode)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- socket.offer(t.Context(), func() error {
			time.Sleep(2 * handoverTime)
			return nil
		})
	}()
	var taken net.Listener
	for taken == nil { // until it is offered
		socket, err := p.takeOver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if socket != nil {
			taken = socket
		}
	}
	if err := taken.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// withoutFiles calls do while no file can be opened any more.
func withoutFiles(t *testing.T, do func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	none := before
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}
