package pbstest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Loopback returns the default transport, for a Transport of one's own to build upon. It reaches this
// machine only: an adapter with its real endpoint, or a request that names a host, fails here instead
// of sending test data to the internet. It uses no proxy and asks no name server.
func Loopback() *http.Transport {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			if host == "localhost" {
				host = "127.0.0.1"
			}
			if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
				return nil, fmt.Errorf("pbstest: %s is not a loopback address", addr)
			}
			return dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
		},
		MaxIdleConns:        512,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     time.Minute,
	}
}
