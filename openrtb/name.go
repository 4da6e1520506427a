package openrtb

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"
	"golang.org/x/net/publicsuffix"
)

// Name returns the name that tokens generated in a browser or app are held to: for a site, the registrable domain of
// site.domain or, if that is missing, of the host of site.page; for an app, app.bundle as it is; "" for everything else.
func Name(req *openrtb2.BidRequest) string {
	switch {
	case req.Site != nil:
		return siteName(req.Site.Domain, req.Site.Page)
	case req.App != nil:
		return req.App.Bundle
	}
	return ""
}

// NameRaw is [Name] for a request in bytes; "" if it can't be read. It allocates.
func NameRaw(req []byte) string {
	var n names
	s := surveys.Get().(*survey)
	defer s.putBack()
	if s.of(req, func(_ *survey, r *scanner) error { return n.request(r) }) != nil {
		return ""
	}
	switch {
	case n.hasSite:
		return siteName(n.domain, n.page)
	case n.hasApp:
		return n.bundle
	}
	return ""
}

// names is what Name wants to know.
type names struct {
	hasSite, hasApp      bool
	domain, page, bundle string
}

func (n *names) request(r *scanner) error {
	var site, app once
	return r.object(func(k key, _ span) error {
		isSite, err := site.matches(k, "site")
		if err != nil {
			return err
		}
		isApp, err := app.matches(k, "app")
		switch {
		case isSite && r.peek() == '{':
			n.hasSite = true
			return readTexts(r, map[string]*string{"domain": &n.domain, "page": &n.page})
		case isApp && r.peek() == '{':
			n.hasApp = true
			return readTexts(r, map[string]*string{"bundle": &n.bundle})
		}
		return orSkip(r, err)
	})
}

// readTexts reads the strings that are wanted out of an object.
func readTexts(r *scanner, wanted map[string]*string) error {
	seen := map[string]*once{}
	for name := range wanted {
		seen[name] = new(once)
	}
	return r.object(func(k key, _ span) error {
		for name, to := range wanted {
			is, err := seen[name].matches(k, name)
			if err != nil {
				return err
			}
			if is && r.peek() == '"' {
				value, err := r.text()
				*to = string(value.decoded(r.data))
				return err
			}
		}
		return r.skip()
	})
}

func siteName(domain, page string) string {
	if host := hostOf(domain); host != "" {
		return registrable(host)
	}
	parsed, err := url.Parse(strings.TrimSpace(page))
	if err != nil {
		return ""
	}
	return registrable(hostOf(parsed.Host))
}

// hostOf takes port, trailing dot and the brackets of an IPv6 address off a host, and lowers its letters.
func hostOf(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if address, err := netip.ParseAddrPort(host); err == nil {
		return address.Addr().String()
	}
	if name, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789") == "" {
		host = name
	}
	return strings.Trim(strings.TrimSuffix(host, "."), "[]")
}

// registrable takes the subdomains off a host. What has no registrable domain stays: addresses, single labels, public
// suffixes.
func registrable(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
