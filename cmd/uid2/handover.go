package main

import (
	"errors"
	"io/fs"
	"net"
	"sync/atomic"
)

// socket is a listening socket that may be handed over to another process.
type socket struct {
	net.Listener
	place      place       // zero: it is systemd's
	file       fs.FileInfo // of a Unix socket that was made here, or was handed over
	handedOver atomic.Bool // and the file belongs to another process
}

// Close closes the socket, and removes the file of a Unix socket.
func (s *socket) Close() error {
	if s.file != nil && !s.handedOver.Load() {
		removeSocket(s.place.unix, s.file)
	}
	return s.Listener.Close()
}

// errNotOffered: the process serves, and can't be replaced with -takeover.
var errNotOffered = errors.New("no other process can take this one's place")
