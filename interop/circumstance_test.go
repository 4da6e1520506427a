//go:build interop

package interop

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// circumstance is a token that is in order as a text, where it was met and when. The time is any, since the SDKs' clients
// can be asked about any.
type circumstance struct {
	version      codec.Version
	fields       codec.Fields
	master, site *codec.Key
	name         string // "" is none
	nowMs        int64
	text         string
}

// circumstance makes most things right and, one time in some, one or more of them wrong; times are often within a
// millisecond of a limit.
func (r source) circumstance(t testing.TB, k *keyring, role string, version codec.Version) circumstance {
	t.Helper()
	const day = 24 * 3600 * 1000
	c := circumstance{
		version: version,
		nowMs:   k.expiresMs - 1 - r.Int64N(10*day),
		master:  k.masters[r.IntN(len(k.masters))],
		site:    k.sites[r.IntN(len(k.sites))],
		name:    []string{"", "example.com", "EXAMPLE.org", "com.123.game.app", "example.net", "www.example.com", "123456789"}[r.IntN(7)],
	}
	if r.oneIn(20) {
		c.nowMs = k.expiresMs + r.Int64N(3) - 1
	}
	if r.oneIn(20) {
		c.master = k.stranger
	}
	if r.oneIn(20) {
		c.site = k.stranger
	}
	c.fields = r.content(t, k, version)
	r.times(&c, k, role)
	text, err := codec.AppendSeal(nil, version, &c.fields, c.master, c.site)
	if err != nil {
		t.Fatal(err)
	}
	c.text = string(text)
	return c
}

// content is what a token says, but for its times.
func (r source) content(t testing.TB, k *keyring, version codec.Version) codec.Fields {
	t.Helper()
	f := codec.Fields{Scope: k.scope, SiteID: k.siteIDs[r.IntN(len(k.siteIDs))], OperatorType: byte(1 + r.IntN(255))}
	if r.oneIn(20) && version != codec.V2 {
		f.Scope = codec.ScopeUID2 + codec.ScopeEUID - k.scope
	}
	f.UID = r.rawUID(t, codec.V2+codec.Version(r.IntN(3)), f.Scope)
	if f.UID.Type() == codec.TypeUnknown && version != codec.V2 {
		f.Type = codec.IdentityType(1 + r.IntN(2))
	}
	any := codec.PrivacyBits(r.Uint32N(1 << 31)) // with bit 31, the Java SDK counts through all numbers before it gives up
	f.PrivacyBits = []codec.PrivacyBits{0, 1, 1, 3, 3, 7, any &^ 4, any}[r.IntN(8)]
	return f
}

// times are right, or near a limit: of the clocks' difference, of the lifetime, of the token itself.
func (r source) times(c *circumstance, k *keyring, role string) {
	const day = 24 * 3600 * 1000
	f := &c.fields
	f.GeneratedMs = c.nowMs - r.Int64N(day/2)
	if r.oneIn(10) {
		f.GeneratedMs = c.nowMs + k.skewMs + r.around()
	}
	start := f.GeneratedMs
	if c.version == codec.V2 {
		start = c.nowMs
	}
	f.ExpiresMs = max(start, c.nowMs) + r.Int64N(day/4)
	switch {
	case r.oneIn(5):
		f.ExpiresMs = c.nowMs + r.around()
	case r.oneIn(5) && role != "legacy":
		f.ExpiresMs = start + k.maxLifetimeMs[role] + r.around()
	}
	f.RefreshedMs = f.GeneratedMs
	f.EstablishedMs = f.GeneratedMs - r.Int64N(1000*day)
}

// around is on, or next to, a limit in milliseconds, and one in seconds.
func (r source) around() int64 { return []int64{-1001, -1000, -1, 0, 1, 999, 1000, 1001}[r.IntN(8)] }

func (r source) oneIn(n int) bool { return r.IntN(n) == 0 }

// kind is the identity type that the token tells.
func (c *circumstance) kind() codec.IdentityType {
	switch {
	case c.version == codec.V2:
		return codec.TypeUnknown
	case c.fields.Type != codec.TypeUnknown:
		return c.fields.Type
	default:
		return c.fields.UID.Type()
	}
}

// nameAllowed compares as is written: exactly, but for the case.
func (c *circumstance) nameAllowed(k *keyring) bool {
	for _, name := range k.names[c.fields.SiteID] {
		if c.name != "" && strings.EqualFold(name, c.name) {
			return true
		}
	}
	return false
}
