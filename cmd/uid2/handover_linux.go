package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// A process hands its listening socket over at an abstract Unix socket, whose name follows from the
// address. Both have the listening socket then, and with it the connections that wait to be
// accepted: none is lost, as they would be with SO_REUSEPORT, where each process has a queue of
// its own that is dropped when it leaves. Each looks whose process the other is.
//
// The old process sends the socket, and ends its connection when its port and store for opt-outs
// are free. Then the new one may go on.

// handoverTime is how long one step may take.
var handoverTime = 10 * time.Second

const (
	// leaveTime is how long the old process may take to free what it has. The new one is patient:
	// without it, nobody serves.
	leaveTime = time.Minute
	// offerPause is the time until the next process is accepted after one couldn't be.
	offerPause = 100 * time.Millisecond
)

// takeOver returns the socket of the process that serves at p, or nil if there is none. Strangers
// are none: anybody can have the name, and could keep every process from starting.
func (p place) takeOver(ctx context.Context) (*socket, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", p.handoverName())
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EAGAIN) { // or it accepts nothing
		return nil, nil
	}
	if err != nil {
		return nil, advice.Wrap("-takeover", err, "stop the process that serves there, and start this one without -takeover")
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	taken, err := p.receive(conn.(*net.UnixConn))
	if errors.Is(err, errPeer) {
		return nil, nil
	}
	if err != nil {
		return nil, advice.Wrap("-takeover: the process that serves there didn't hand its socket over", err, "stop it, and start this one again")
	}
	return taken, nil
}

func (p place) receive(conn *net.UnixConn) (*socket, error) {
	if err := checkPeer(conn); err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(handoverTime))
	one, rights := make([]byte, 1), make([]byte, syscall.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(one, rights)
	if err != nil {
		return nil, err
	}
	listener, err := listenerIn(rights[:n])
	if err != nil {
		return nil, err
	}
	taken := &socket{Listener: listener, place: p}
	if p.unix != "" {
		if taken.file, err = os.Lstat(p.unix); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	if _, err := conn.Write(one); err != nil { // from here on, it is ours alone
		return nil, errors.Join(err, listener.Close())
	}
	conn.SetDeadline(time.Now().Add(leaveTime))
	if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		return nil, errors.Join(err, listener.Close())
	}
	return taken, nil
}

// listenerIn returns the listener that came with a message.
func listenerIn(rights []byte) (net.Listener, error) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(errors.New("no socket came"), err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(errors.New("no socket came"), err)
	}
	file := os.NewFile(uintptr(fds[0]), "the socket")
	defer file.Close() // the listener has a copy
	return net.FileListener(file)
}

// offer hands the socket over to the next process that asks for it, after which leave frees
// everything that it needs. It returns when that is done, or ctx ends.
func (s *socket) offer(ctx context.Context, leave func() error) error {
	if s.place == (place{}) {
		return nil // it is systemd's
	}
	offered, err := listenFor(ctx, s.place.handoverName())
	if err != nil {
		return fmt.Errorf("%w: %w", errNotOffered, err)
	}
	defer context.AfterFunc(ctx, func() { offered.Close() })()
	for {
		conn, err := offered.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil { // such as too many open files
			time.Sleep(offerPause)
			continue
		}
		if s.send(conn) {
			s.handedOver.Store(true)
			offered.Close() // the next process needs the name
			err := leave()
			conn.Close()
			return err
		}
		conn.Close()
	}
}

// listenFor waits a little for a process that is about to leave the name.
func listenFor(ctx context.Context, name string) (listener *net.UnixListener, err error) {
	for range 50 {
		listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
		if !errors.Is(err, syscall.EADDRINUSE) || ctx.Err() != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return listener, err
}

// send reports whether the other process has the socket.
func (s *socket) send(conn *net.UnixConn) bool {
	conn.SetDeadline(time.Now().Add(handoverTime))
	if checkPeer(conn) != nil {
		return false
	}
	raw, err := s.Listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return false
	}
	var sent error
	err = raw.Control(func(fd uintptr) { _, _, sent = conn.WriteMsgUnix([]byte{1}, syscall.UnixRights(int(fd)), nil) })
	if err != nil || sent != nil {
		return false
	}
	n, _ := conn.Read(make([]byte, 1))
	return n == 1
}

// errPeer: anybody on this machine can have the name of an abstract socket.
var errPeer = errors.New("it is another user's process")

// checkPeer returns nil if the other process is one of this user, or of root.
func checkPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	if uid := int(peer.Uid); uid != os.Geteuid() && uid != 0 {
		return errPeer
	}
	return nil
}

// handoverName is the name of the abstract socket of a place.
func (p place) handoverName() string {
	name := "tcp:" + p.tcp
	if path, err := filepath.Abs(p.unix); p.unix != "" && err == nil {
		name = "unix:" + path
	}
	return fmt.Sprintf("@uid2-serve-%x", sha256.Sum256([]byte(name)))
}
