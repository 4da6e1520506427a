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

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
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
		return p, usage("-takeover", "it is for Linux, and for a socket that isn't systemd's", "leave it out: with -listen systemd, the next process gets the socket anyway")
	}
	mode, err := strconv.ParseUint(c.String("socket-mode"), 8, 9)
	if err != nil {
		return p, usage("-socket-mode", "it isn't a mode in octal", "write it as in -socket-mode 0660")
	}
	p.mode = fs.FileMode(mode)
	switch {
	case c.IsSet("socket-mode") && !isUnix:
		return p, usage("-socket-mode", "it is for -listen unix:PATH only", "leave it out, or listen at a Unix socket")
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
		return usage("-listen unix:PATH", fmt.Sprintf("the path must have 1 to %d bytes, and not begin with @", maxSocketPath), "choose another path, as in unix:/run/uid2/sidecar.sock")
	}
	return nil
}

// checkAddress returns the address in numbers, and refuses to let raw UIDs cross the network.
func checkAddress(address string, anyAddress bool) (string, error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", usageError{advice.Wrap("-listen", err, "write unix:PATH, systemd, or a host and a port as in 127.0.0.1:8310")}
	}
	if !anyAddress && !tcp.IP.IsLoopback() {
		return "", usage("-listen "+address, "other machines reach it, and tokens and raw UIDs would cross the network unencrypted", "take 127.0.0.1 or a Unix socket, or insist with -any-address")
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
	if err != nil {
		do := "" // of the system's reason
		if _, wrong := errors.AsType[*net.AddrError](err); wrong {
			do = "write an address and a port of this machine, as in 127.0.0.1:8300"
		}
		return nil, advice.Wrap("-"+flag, err, do)
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
		return nil, usage("-token-file", "it is missing, and everybody on this machine can open a port", "write -token-file FILE with a token that clients send, or listen at unix:PATH")
	}
	return nil, nil
}
