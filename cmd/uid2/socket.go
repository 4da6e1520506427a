package main

import (
	"net"
	"os"
	"strconv"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// fromSystemd, in place of an address, means a socket that the parent process has opened and passes
// on, as in systemd's socket activation. It stays open when the process ends: connections then wait
// for the next one.
const fromSystemd = "systemd"

// firstInherited is the number of the first file that is passed on.
const firstInherited = 3

// listen opens a socket, or takes over the one that is passed on.
func listen(address string) (net.Listener, error) {
	if address != fromSystemd {
		return listenTCP("listen", address)
	}
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		return nil, usage("-listen systemd", "the parent process passed no socket, or several", "let systemd start it, with a .socket unit that has one ListenStream")
	}
	file := os.NewFile(firstInherited, "the socket")
	defer file.Close() // the listener has a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, usageError{advice.Wrap("-listen systemd: the parent process passed no listening socket", err, "give the .socket unit a ListenStream, with a port or a path")}
	}
	return listener, nil
}
