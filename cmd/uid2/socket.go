package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// fromSystemd, in the place of an address, is the socket that whoever started this process opened and hands over, in the way of
// systemd's socket activation. It stays open when the process ends: connections then wait for the next one.
const fromSystemd = "systemd"

// firstInherited is the number of the first file that is handed over.
const firstInherited = 3

// listen opens a socket, or takes the one that is handed over.
func listen(address string) (net.Listener, error) {
	if address != fromSystemd {
		return net.Listen("tcp", address)
	}
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		return nil, usageError{errors.New("-listen systemd: one socket is wanted from who starts this: a .socket unit with one ListenStream")}
	}
	file := os.NewFile(firstInherited, "the socket")
	defer file.Close() // the listener has a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, usageError{fmt.Errorf("-listen systemd: no socket that listens is handed over: %w", err)}
	}
	return listener, nil
}
