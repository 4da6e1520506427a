package operator

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// target is where calls go.
type target struct {
	url  string // scheme, host and path prefix, without a slash at the end
	addr string // host:port to connect to
	tls  bool
}

// parseBaseURL checks a base URL; its errors don't repeat it, since it might hold a password.
func parseBaseURL(base string) (target, error) {
	u, err := url.Parse(base)
	if err != nil {
		return target{}, fmt.Errorf("%w: the base URL can't be read", ErrOption)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return target{}, fmt.Errorf("%w: the base URL doesn't start with http:// or https://", ErrOption)
	case u.Hostname() == "":
		return target{}, fmt.Errorf("%w: the base URL has no host", ErrOption)
	case u.User != nil:
		return target{}, fmt.Errorf("%w: the base URL has a user", ErrOption)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(base, "#"):
		return target{}, fmt.Errorf("%w: the base URL has a query or a fragment", ErrOption)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return target{
		url:  u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/"),
		addr: net.JoinHostPort(u.Hostname(), port),
		tls:  u.Scheme == "https",
	}, nil
}
