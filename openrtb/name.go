package openrtb

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// Name returns the name that tokens generated in a browser or app are checked against: for a site,
// the registrable domain of site.domain or, if that is missing, of the host of site.page; for an
// app, app.bundle unchanged; "" otherwise.
func Name(req *openrtb2.BidRequest) string {
	p := PlaceOf(req)
	return p.Name()
}

// Place is what a request says of where it comes from. It is for the one who may need the name, but
// later, when the request may have changed.
type Place struct{ domain, page, bundle string }

// PlaceOf returns the place of a request. It keeps strings of it, and doesn't allocate.
func PlaceOf(req *openrtb2.BidRequest) Place {
	switch {
	case req.Site != nil:
		return Place{domain: req.Site.Domain, page: req.Site.Page}
	case req.App != nil:
		return Place{bundle: req.App.Bundle}
	}
	return Place{}
}

// Name is the [Name] of the request that the place is of.
func (p *Place) Name() string {
	if p.bundle != "" {
		return p.bundle
	}
	return siteName(p.domain, p.page)
}

// From returns where the name is from: "site.domain", "site.page" or "app.bundle", or "" if there
// is no name.
func (p *Place) From() string {
	switch {
	case p.Name() == "":
		return ""
	case p.bundle != "":
		return "app.bundle"
	case hostOf(p.domain) != "":
		return "site.domain"
	}
	return "site.page"
}

// PlaceRaw is like [PlaceOf], for a request in bytes, and is the zero Place where [NameRaw] finds
// no name. It keeps nothing of req.
func PlaceRaw(req []byte) Place {
	s := surveys.Get().(*survey)
	defer s.putBack()
	if s.parse(req, (*survey).nameMembers) != nil || s.names.ambiguous {
		return Place{}
	}
	switch n := &s.names; {
	case n.hasSite:
		return Place{domain: string(n.domain), page: string(n.page)}
	case n.hasApp:
		return Place{bundle: string(n.bundle)}
	}
	return Place{}
}

// NameRaw is like [Name], for a request in bytes. It returns "" if the request can't be parsed, or
// if a key on the way to the name is repeated or written in another case. It allocates the string
// that it returns, and little else.
func NameRaw(req []byte) string {
	s := surveys.Get().(*survey)
	defer s.putBack()
	if s.parse(req, (*survey).nameMembers) != nil {
		return ""
	}
	return strings.Clone(s.names.name())
}

// nameMembers reads what the name of a request is made from, and nothing else.
func (s *survey) nameMembers(r *strictjson.Scanner) error {
	for w := r.Walk(&requestKeys); ; {
		name, err := w.Next()
		if name == strictjson.End {
			return err
		}
		if err := s.names.member(r, name, err); err != nil {
			return err
		}
	}
}

// names collects what the name is made from, as views of the request.
type names struct {
	hasSite, hasApp      bool
	ambiguous            bool // if so, there is no name
	domain, page, bundle []byte

	found string // cached by once
	known bool
}

// cached returns name, computed on first use: most requests have no token, and need no name.
func (n *names) cached() string {
	if !n.known {
		n.found, n.known = n.name(), true
	}
	return n.found
}

// name returns the name, as a view of the request unless it had to be normalized.
func (n *names) name() string {
	switch {
	case n.ambiguous:
		return ""
	case n.hasSite:
		return siteName(view(n.domain), view(n.page))
	case n.hasApp:
		return view(n.bundle)
	}
	return ""
}

// The keys of a site and of an app that its name is made from.
var (
	siteKeys = strictjson.NewNames("domain", "page")
	appKeys  = strictjson.NewNames("bundle")
)

// member reads a member of the request, with the name that its key is, and the error of that. An
// ambiguous key of a site or an app only means that there is no name.
func (n *names) member(r *strictjson.Scanner, name int, err error) error {
	switch {
	case err == strictjson.ErrAmbiguous:
		n.ambiguous = n.ambiguous || name != userKey
	case err != nil:
		return err
	case name == siteKey && r.Peek() == '{':
		n.hasSite = true
		return n.texts(r, &siteKeys, &n.domain, &n.page)
	case name == appKey && r.Peek() == '{':
		n.hasApp = true
		return n.texts(r, &appKeys, &n.bundle)
	}
	return r.Skip()
}

// texts reads an object and stores those of its members that have these keys and are strings.
func (n *names) texts(r *strictjson.Scanner, keys *strictjson.Names, to ...*[]byte) error {
	for w := r.Walk(keys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case err == strictjson.ErrAmbiguous:
			n.ambiguous = true
			err = r.Skip()
		case err == nil && name != strictjson.Other:
			err = readText(r, to[name])
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
	}
}

// readText reads any value, and stores it in to if it is a string.
func readText(r *strictjson.Scanner, to *[]byte) error {
	if r.Peek() != '"' {
		return r.Skip()
	}
	value, err := r.Text()
	if err == nil {
		*to = value.Decoded(r.Data)
	}
	return err
}

func siteName(domain, page string) string {
	if name := registrable(domain); name != "" {
		return name
	}
	parsed, err := url.Parse(strings.TrimSpace(page))
	if err != nil {
		return ""
	}
	return registrable(parsed.Host)
}

// hostOf removes the port, a trailing dot and the brackets of an IPv6 address from a host, and
// lowers its letters.
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

// endsInLetter distinguishes names from IPv4 addresses and ports cheaply: parsing a name with
// package netip allocates an error.
func endsInLetter(host string) bool {
	return host != "" && host[len(host)-1] >= 'a'
}
