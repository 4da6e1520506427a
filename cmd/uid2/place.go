package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"
)

// place is where a sidecar listens.
type place struct {
	systemd bool
	unix    string      // the path of a socket
	mode    fs.FileMode // of the socket
	tcp     string      // a host and a port
}

// placeOf reads the flags -listen and -socket-mode.
func placeOf(c *cli.Command) (p place, err error) {
	address := c.String("listen")
	path, isUnix := strings.CutPrefix(address, "unix:")
	if c.Bool("takeover") && (address == fromSystemd || runtime.GOOS != "linux") {
		return p, usagef("-takeover: it is for Linux, and for a socket that isn't systemd's")
	}
	mode, err := strconv.ParseUint(c.String("socket-mode"), 8, 9)
	if err != nil {
		return p, usagef("-socket-mode: it is a mode in octal, such as 0660")
	}
	p.mode = fs.FileMode(mode)
	switch {
	case c.IsSet("socket-mode") && !isUnix:
		return p, usagef("-socket-mode is for -listen unix:PATH only")
	case address == fromSystemd:
		p.systemd = true
	case isUnix:
		p.unix = path
		err = checkSocketPath(path)
	default:
		p.tcp, err = checkAddress(address, c.Bool("any-address"))
	}
	return p, err
}

// maxSocketPath is what every system takes.
const maxSocketPath = 103

func checkSocketPath(path string) error {
	if path == "" || len(path) > maxSocketPath || strings.HasPrefix(path, "@") {
		return usagef("-listen unix:PATH: the path has 1 to %d bytes, and doesn't begin with @", maxSocketPath)
	}
	return nil
}

// checkAddress returns the address in numbers, and refuses to let raw UIDs cross the network.
func checkAddress(address string, anyAddress bool) (string, error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", usageError{fmt.Errorf("-listen: it is unix:PATH, systemd, or a host and a port: %w", err)}
	}
	if !anyAddress && !tcp.IP.IsLoopback() {
		return "", usagef("-listen %s: other machines reach it, and tokens and raw UIDs would cross the network unencrypted: take 127.0.0.1 or a Unix socket, or insist with -any-address", address)
	}
	return tcp.String(), nil
}

// open opens the socket, or takes over the one of the process that serves there.
func (p place) open(ctx context.Context, takeover bool) (*socket, error) {
	if takeover {
		if taken, err := p.takeOver(ctx); taken != nil || err != nil {
			return taken, err
		}
	}
	switch {
	case p.systemd:
		listener, err := listen(fromSystemd)
		return &socket{Listener: listener}, err
	case p.unix != "":
		return listenUnix(p.unix, p.mode)
	}
	listener, err := listenTCP("listen", p.tcp)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(p.tcp, ":0") {
		p.tcp = listener.Addr().String() // the port that it became
	}
	return &socket{Listener: listener, place: p}, nil
}

// listenTCP listens at the address that a flag has.
func listenTCP(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("-%s %s: another process has this port: stop it, or choose another port: %w", flag, address, err)
	case err != nil:
		return nil, fmt.Errorf("-%s %s: choose an address of this machine: %w", flag, address, err)
	}
	return listener, nil
}

// sidecarTokens returns the tokens of which clients must send one. Only a Unix socket needs none,
// as its mode says who may open it.
func sidecarTokens(c *cli.Command, p place) ([]string, error) {
	if path := c.String("token-file"); path != "" {
		return readTokens(path)
	}
	if p.tcp != "" {
		return nil, usagef("-token-file is missing: everybody on this machine can open a port; or listen at unix:PATH")
	}
	return nil, nil
}
