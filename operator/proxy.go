package operator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// NoProxy, as the address of a proxy, means no proxy.
const NoProxy = "none"

// proxyTo returns the proxy to use for an address, or nil if there is none. Errors don't quote the
// proxy's address, which may hold a password.
func (c *config) proxyTo(to *url.URL) (*url.URL, error) {
	if c.proxy == NoProxy || c.proxy == "" && c.ownDialer {
		return nil, nil
	}
	proxy, err := c.readProxy(to)
	if err != nil {
		return nil, fmt.Errorf("%w: the proxy's address can't be read", ErrOption)
	}
	if proxy == nil {
		return nil, nil
	}
	switch proxy.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("%w: the proxy's address doesn't start with http://, https:// or socks5://", ErrOption)
	}
	if proxy.Hostname() == "" {
		return nil, fmt.Errorf("%w: the proxy's address has no host", ErrOption)
	}
	return proxy, nil
}

// readProxy returns the proxy from the setting or, without one, from the environment.
func (c *config) readProxy(to *url.URL) (*url.URL, error) {
	if c.proxy != "" {
		return url.Parse(c.proxy)
	}
	return httpproxy.FromEnvironment().ProxyFunc()(to)
}

// proxyRefusal is the HTTP status with which a proxy refused to connect. It drops the proxy's text.
type proxyRefusal int

func (status proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy answers HTTP %d", int(status))
}

// cause returns the error to report, marked as permanent if retrying can't help.
func (status proxyRefusal) cause() error {
	if status == http.StatusProxyAuthRequired {
		return permanent{fmt.Errorf("%w (HTTP %d)", errProxyAuth, int(status))}
	}
	if kind := statusKind(int(status)); kind == ErrThrottled || kind == ErrUnavailable {
		return status
	}
	return permanent{status}
}

// checkProxyAnswer checks a proxy's answer to CONNECT.
func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyRefusal(answer.StatusCode)
	}
	return nil
}
