package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// ErrNeedsToken is returned for an address that others can reach, without a token.
var ErrNeedsToken = errors.New("page: others can reach this address: set a token, or listen on 127.0.0.1")

// Check says why [Serve] wouldn't serve a page at an address, or returns nil.
func (c Config) Check(at net.Addr) error {
	if c.Token == "" && !isLoopback(at) {
		return fmt.Errorf("%w (%v)", ErrNeedsToken, at)
	}
	_, err := newPage(c, nil)
	return err
}

// Serve serves a page until ctx ends. Unless the listener's address is loopback, the configuration
// must have a token.
func Serve(ctx context.Context, from net.Listener, config Config) error {
	if err := config.Check(from.Addr()); err != nil {
		return err
	}
	p, err := newPage(config, ctx.Done())
	if err != nil {
		return err
	}
	return httpserver.Run(ctx, from, p.handler(), limits())
}

// limits leave room for a text of the longest length, escaped.
func limits() httpserver.Limits {
	l := httpserver.Defaults()
	l.Read = 30 * time.Second
	l.BodyBytes = maxText
	return l
}

// isLoopback reports whether only this machine can reach an address.
func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// reachedLocally reports whether a request came in by loopback. Without a listener, as in tests of
// handlers, nobody else can send one.
func reachedLocally(r *http.Request) bool {
	address, served := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return !served || isLoopback(address)
}
