package operator

import (
	"net/http"
	"net/url"
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

// newTransport returns a transport for the configuration. It speaks HTTP/1.1, follows no redirects
// and repeats nothing: only [Client.attempt] sends a request again, newly sealed.
func newTransport(c *config, to *url.URL, w *work) (*http.Transport, error) {
	tls, err := c.trust()
	if err != nil {
		return nil, err
	}
	proxy, err := c.proxyTo(to)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  http.ProxyURL(proxy),
		OnProxyConnectResponse: checkProxyAnswer,
		DialContext:            w.dial,
		TLSClientConfig:        tls,
		TLSHandshakeTimeout:    c.timeout,
		DisableCompression:     true, // encrypted answers can't be compressed
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}, nil
}
