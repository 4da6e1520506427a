package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/settings"
)

// Addresses unless the command line has others.
const (
	defaultAddr = "127.0.0.1:8000" // of Prebid Server
	defaultPage = "127.0.0.1:8001"
)

// servePage serves the page until stop is called, which waits for it to end.
func (w *world) servePage(ctx context.Context, o options, out io.Writer) (stop func() error, err error) {
	config := w.page()
	if o.pageToken != "" {
		text, err := settings.ReadSecret(o.pageToken)
		if err != nil {
			return nil, advice.Wrap("-page-token-file", err, "write a token into it, as openssl rand -hex 32 makes one")
		}
		config.Token = strings.TrimSpace(string(text))
	}
	listener, err := orElsewhere(o.page, defaultPage, func(address string) (net.Listener, error) { return net.Listen("tcp", address) })
	if err != nil {
		return nil, advice.Wrap("-page", err, "choose another address, or 127.0.0.1:0 for a free one")
	}
	if err := config.Check(listener.Addr()); err != nil { // now, rather than when all is over
		listener.Close()
		return nil, advice.Wrap("-page", err, "write a token into a file, as openssl rand -hex 32 makes one, and name it with -page-token-file; or serve at 127.0.0.1")
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- page.Serve(ctx, listener, config) }()
	sayElsewhere(out, "the page", o.page, defaultPage, listener.Addr().String())
	fmt.Fprintf(out, "Look at it: http://%v/\n\n", listener.Addr())
	return func() error {
		cancel()
		return <-ended
	}, nil
}

// orElsewhere starts something at an address or, if that is the default one and taken, at a free
// port.
func orElsewhere[T any](address, usual string, start func(address string) (T, error)) (T, error) {
	started, err := start(address)
	if errors.Is(err, syscall.EADDRINUSE) && address == usual {
		return start("127.0.0.1:0")
	}
	return started, err
}

// sayElsewhere says that something is at another address than the default one, which is taken.
func sayElsewhere(out io.Writer, what, wanted, usual, address string) {
	if wanted == usual && address != usual {
		fmt.Fprintf(out, "Another process has %s, so %s is elsewhere.\n", usual, what)
	}
}
