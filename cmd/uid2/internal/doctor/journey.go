package doctor

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
)

// journey records what a call to an operator meets on its way, as the client of package operator
// makes it. Connections may go on being made after the call has ended.
type journey struct {
	throughTLS bool // to a proxy, so that the first handshake is with it

	mu   sync.Mutex
	trip trip
}

// trip shows how far a call came.
type trip struct {
	lookUpErr    error // the name of the operator, or of the proxy, couldn't be looked up
	connected    bool
	connectErr   error
	proxyErr     error // of the handshake with a proxy
	handshaking  bool
	handshook    bool
	handshakeErr error
	certificates []certificate // of a handshake that succeeded
	written      bool
}

// traced returns a context whose calls are recorded.
func (j *journey) traced(ctx context.Context) context.Context {
	withProxy := j.throughTLS // until that handshake is over
	record := func(f func(t *trip)) {
		j.mu.Lock()
		defer j.mu.Unlock()
		f(&j.trip)
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(info httptrace.DNSDoneInfo) { record(func(t *trip) { t.lookUpErr = info.Err }) },
		ConnectDone: func(_, _ string, err error) {
			record(func(t *trip) { t.connected, t.connectErr = t.connected || err == nil, err })
		},
		TLSHandshakeStart: func() { record(func(t *trip) { t.handshaking = !withProxy }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			record(func(t *trip) {
				if withProxy {
					withProxy, t.proxyErr = false, err
					return
				}
				t.handshakeErr, t.handshook = err, err == nil
				t.certificates = summaries(state.PeerCertificates)
			})
		},
		WroteHeaders: func() { record(func(t *trip) { t.written = true }) },
	})
}

// soFar returns what has been recorded.
func (j *journey) soFar() trip {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.trip
}

// stage is how far a call came.
type stage int

const (
	lookingUp stage = iota
	connecting
	atProxy // connected to a proxy, which didn't let us through
	handshaking
	asking
)

// reached returns the stage at which the call ended.
func (t *trip) reached(proxied, secure bool) stage {
	switch {
	case t.written && (t.handshook || !secure):
		return asking
	case t.lookUpErr != nil && !t.connected:
		return lookingUp
	case !t.connected:
		return connecting
	case secure && proxied && !t.handshaking:
		return atProxy
	case secure && !t.handshook:
		return handshaking
	}
	return asking
}
