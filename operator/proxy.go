package operator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/http/httpproxy"
)

// NoProxy, as the address of a proxy, means no proxy.
const NoProxy = "none"

// proxies says through which proxy an attempt goes. The address may change from one to the next.
type proxies struct {
	config *config
	to     *url.URL

	mu   sync.Mutex
	now  *url.URL // nil without a proxy
	last error    // of the last reading
}

func newProxies(c *config, to *url.URL) (*proxies, error) {
	address := c.proxy
	if c.proxyFrom != nil {
		var err error
		if address, err = c.proxyFrom(); err != nil {
			return nil, fmt.Errorf("%w: the proxy's address: %w", ErrOption, err)
		}
	}
	now, err := c.proxyTo(address, to)
	if err != nil {
		return nil, err
	}
	return &proxies{config: c, to: to, now: now}, nil
}

// of is what a transport asks before each request. An address that can't be read, or is none,
// changes nothing.
func (p *proxies) of(*http.Request) (*url.URL, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.config.proxyFrom == nil {
		return p.now, nil
	}
	address, err := p.config.proxyFrom()
	var next *url.URL
	if err == nil {
		next, err = p.config.proxyTo(address, p.to)
	}
	if p.last = err; err == nil {
		p.now = next
	}
	return p.now, nil
}

func (p *proxies) reloadErr() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil {
		return fmt.Errorf("operator: the proxy of before is used: %w", p.last)
	}
	return nil
}

// proxyTo returns the proxy to use for an operator, or nil if there is none. Errors don't quote the
// proxy's address, which may hold a password.
func (c *config) proxyTo(address string, to *url.URL) (*url.URL, error) {
	if address == NoProxy || address == "" && c.ownDialer {
		return nil, nil
	}
	proxy, err := readProxy(address, to)
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
	if strings.Contains(proxy.Path+proxy.RawQuery+proxy.Fragment, "@") { // what looks like the host would be a part of them
		return nil, fmt.Errorf("%w: the proxy's user or password has a character that must be escaped, such as %%2F for /", ErrOption)
	}
	if proxy.Hostname() == "" {
		return nil, fmt.Errorf("%w: the proxy's address has no host", ErrOption)
	}
	return proxy, nil
}

// readProxy returns the proxy from the setting or, without one, from the environment.
func readProxy(address string, to *url.URL) (*url.URL, error) {
	if address != "" {
		return url.Parse(address)
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
