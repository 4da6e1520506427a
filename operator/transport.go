package operator

import (
	"net/http"
	"net/url"
	"time"
)

const (
	// idleTimeout is how long a connection is kept between calls: less than the minute after which
	// common balancers drop theirs.
	idleTimeout = 30 * time.Second
	// maxIdle bounds the connections that are kept.
	maxIdle = 64
	// maxHeader bounds the header of an answer in bytes.
	maxHeader = 16 << 10
)

// newTransport makes connections as the configuration says. It speaks HTTP/1.1, follows no redirect
// and repeats nothing: a request is sent again only by [Client.attempt], sealed anew.
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
		DisableCompression:     true, // sealed answers can't be compressed
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}, nil
}
