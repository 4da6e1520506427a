package doctor

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
)

// journey is what a call to an operator met on its way: it shows the stage at which the call
// failed, as the client of package operator makes it.
type journey struct {
	mu sync.Mutex

	lookUpErr          error // the name of the operator, or of the proxy, couldn't be looked up
	connected          bool
	connectErr         error
	tlsStarted         bool
	certificates       []certificate // of a handshake that succeeded
	handshakeErr       error
	handshook, written bool
}

// traced returns a context whose calls are recorded.
func (j *journey) traced(ctx context.Context) context.Context {
	locked := func(record func()) {
		j.mu.Lock()
		defer j.mu.Unlock()
		record()
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(info httptrace.DNSDoneInfo) { locked(func() { j.lookUpErr = info.Err }) },
		ConnectDone: func(_, _ string, err error) {
			locked(func() {
				j.connected = j.connected || err == nil
				j.connectErr = err
			})
		},
		TLSHandshakeStart: func() { locked(func() { j.tlsStarted = true }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			locked(func() {
				j.handshakeErr, j.handshook = err, err == nil
				j.certificates = summaries(state.PeerCertificates)
			})
		},
		WroteHeaders: func() { locked(func() { j.written = true }) },
	})
}

// stage is how far a call came.
type stage int

const (
	lookedUp stage = iota // the name wasn't found
	connecting
	beforeTLS // connected to a proxy, which didn't let us through
	handshaking
	asking // the request was sent
)

// reached returns the stage at which the call ended.
func (j *journey) reached(proxied, secure bool) stage {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.written && (j.handshook || !secure):
		return asking
	case j.lookUpErr != nil && !j.connected:
		return lookedUp
	case !j.connected:
		return connecting
	case secure && proxied && !j.tlsStarted:
		return beforeTLS
	case secure && !j.handshook:
		return handshaking
	}
	return asking
}
