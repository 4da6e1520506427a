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

// NameRaw is [Name] for a request in bytes; "" if it can't be read. It allocates the string that it returns, and little else.
func NameRaw(req []byte) string {
	var n names
	s := surveys.Get().(*survey)
	defer s.putBack()
	if s.of(req, func(_ *survey, r *scanner) error { return n.request(r) }) != nil {
		return ""
	}
	switch {
	case n.hasSite:
		return strings.Clone(siteName(view(n.domain), view(n.page)))
	case n.hasApp:
		return string(n.bundle)
	}
	return ""
}

// names is what Name wants to know, as views of the request.
type names struct {
	hasSite, hasApp      bool
	domain, page, bundle []byte
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
			return n.site(r)
		case isApp && r.peek() == '{':
			n.hasApp = true
			return n.app(r)
		}
		return orSkip(r, err)
	})
}

func (n *names) site(r *scanner) error {
	var domain, page once
	return r.object(func(k key, _ span) error {
		isDomain, err := domain.matches(k, "domain")
		if err != nil {
			return err
		}
		isPage, err := page.matches(k, "page")
		switch {
		case isDomain:
			return readText(r, &n.domain)
		case isPage:
			return readText(r, &n.page)
		}
		return orSkip(r, err)
	})
}

func (n *names) app(r *scanner) error {
	var bundle once
	return r.object(func(k key, _ span) error {
		is, err := bundle.matches(k, "bundle")
		if !is {
			return orSkip(r, err)
		}
		return readText(r, &n.bundle)
	})
}

// readText reads any value, and keeps it if it is a string.
func readText(r *scanner, to *[]byte) error {
	if r.peek() != '"' {
		return r.skip()
	}
	value, err := r.text()
	if err == nil {
		*to = value.decoded(r.data)
	}
	return err
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
	if !endsInLetter(host) {
		if address, err := netip.ParseAddrPort(host); err == nil {
			return address.Addr().String()
		}
	}
	if name, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789") == "" {
		host = name
	}
	return strings.Trim(strings.TrimSuffix(host, "."), "[]")
}

// registrable takes the subdomains off a host. What has no registrable domain stays: addresses, single labels, public
// suffixes.
func registrable(host string) string {
	if strings.Contains(host, ":") || !endsInLetter(host) {
		if _, err := netip.ParseAddr(host); err == nil {
			return host
		}
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// endsInLetter tells names from IPv4 addresses and ports at a glance: asking package netip about a name allocates an error.
func endsInLetter(host string) bool {
	return host != "" && host[len(host)-1] >= 'a'
}
