package operator

import (
	"fmt"
	"net/url"
	"strings"
)

// parseBaseURL parses the operator's URL. Its errors don't quote it, since it might hold a
// password.
func parseBaseURL(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("%w: the base URL can't be read", ErrOption)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: the base URL doesn't start with http:// or https://", ErrOption)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%w: the base URL has no host", ErrOption)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the base URL has a user", ErrOption)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(base, "#"):
		return nil, fmt.Errorf("%w: the base URL has a query or a fragment", ErrOption)
	}
	if u.Path == "" {
		u.Path = "/" // JoinPath would make the path relative
	}
	return u, nil
}
