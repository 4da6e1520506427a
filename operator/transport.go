package operator

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// idleTimeout is how long a connection is kept between calls: less than the minute after
	// which common load balancers drop theirs.
	idleTimeout = 30 * time.Second
	// maxIdle is the maximum number of kept connections.
	maxIdle = 64
	// maxHeader is the maximum size of an answer's header, in bytes.
	maxHeader = 16 << 10
)

// transports makes the transport of a client, and another one when the certificates that it trusts
// have changed.
type transports struct {
	config *config
	work   *work
	proxy  *proxies

	mu   sync.Mutex
	pem  []byte // what the CA file had
	made *http.Transport
	err  error // of the last reading
}

func newTransports(c *config, to *url.URL, w *work) (*transports, error) {
	proxy, err := newProxies(c, to)
	if err != nil {
		return nil, err
	}
	t := &transports{config: c, work: w, proxy: proxy}
	if t.pem, err = c.readCA(); err != nil {
		return nil, err
	}
	if t.made, err = t.transport(t.pem); err != nil {
		return nil, err
	}
	return t, nil
}

// transport makes a transport. It speaks HTTP/1.1, follows no redirects and repeats nothing: only
// [Client.attempt] sends a request again, newly sealed.
func (t *transports) transport(pem []byte) (*http.Transport, error) {
	tls, err := t.config.trust(pem)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  t.proxy.of,
		OnProxyConnectResponse: checkProxyAnswer,
		DialContext:            t.work.dial,
		TLSClientConfig:        tls,
		TLSHandshakeTimeout:    t.config.timeout,
		DisableCompression:     true, // encrypted answers can't be compressed
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}, nil
}

// current returns the transport for an attempt. A CA file that can't be read, or holds nothing,
// changes nothing.
func (t *transports) current() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	pem, err := t.config.readCA()
	if t.err = err; err != nil || bytes.Equal(pem, t.pem) {
		return t.made
	}
	made, err := t.transport(pem)
	if t.err = err; err != nil {
		return t.made
	}
	t.made.CloseIdleConnections() // the others go on for as long as their requests
	t.made, t.pem = made, pem
	return made
}

// reloadErr returns why what is in use isn't what the files have now.
func (t *transports) reloadErr() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return fmt.Errorf("operator: the certificates of before are trusted: %w", t.err)
	}
	return t.proxy.reloadErr()
}
