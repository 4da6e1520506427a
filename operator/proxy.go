package operator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// NoProxy as the address of a proxy is none.
const NoProxy = "none"

// proxyTo returns the proxy on the way to an address, nil if there is none. Errors don't repeat its
// address, which may hold a password.
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

// readProxy reads the setting, or else the environment.
func (c *config) readProxy(to *url.URL) (*url.URL, error) {
	if c.proxy != "" {
		return url.Parse(c.proxy)
	}
	return httpproxy.FromEnvironment().ProxyFunc()(to)
}

// proxyRefusal is the HTTP status with which a proxy refused to connect. The proxy's own words are
// left out.
type proxyRefusal int

func (status proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy answers HTTP %d", int(status))
}

// cause is what to tell of it, marked if it would come again however often one tries.
func (status proxyRefusal) cause() error {
	if status == http.StatusProxyAuthRequired {
		return permanent{fmt.Errorf("%w (HTTP %d)", errProxyAuth, int(status))}
	}
	if kind := statusKind(int(status)); kind == ErrThrottled || kind == ErrUnavailable {
		return status
	}
	return permanent{status}
}

// checkProxyAnswer looks at what a proxy answers to CONNECT.
func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyRefusal(answer.StatusCode)
	}
	return nil
}
