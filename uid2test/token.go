package uid2test

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Privacy bits of tokens as operators make them. The lowest bit has no meaning any more.
const (
	ServerSide codec.PrivacyBits = 1 // generated for a publisher's server
	ClientSide codec.PrivacyBits = 3 // generated in a browser or an app
	OptedOut   codec.PrivacyBits = 7 // like ClientSide, for a user who had opted out; operators no longer make such tokens
)

// TokenSpec describes a token to make. Exactly one of Email, Phone and UID is required; everything
// else has a default. A TokenSpec prints, logs and marshals as a placeholder.
type TokenSpec struct {
	Version codec.Version // of the token; default 4

	Email string // in any spelling of the address
	Phone string // + and 10 to 15 digits
	UID   codec.RawUID

	// RawUIDVersion is the version of the raw UID made from Email or Phone. Default: the
	// server's, see WithRawUIDVersion.
	RawUIDVersion codec.Version

	SiteID      uint32 // of the site that the token belongs to; default PublisherSite
	PrivacyBits codec.PrivacyBits

	// Times are Unix milliseconds. Defaults: the token is generated now and expires three days
	// later or, if ExpiresMs is in the past, was generated three days before it; the identity
	// was established a day before the token was generated.
	EstablishedMs, GeneratedMs, ExpiresMs int64

	UnknownMasterKey bool // seal under a master key that nobody gets
	UnknownSiteKey   bool // seal under a site key that nobody gets
}

// String returns "[token spec]".
func (TokenSpec) String() string { return "[token spec]" }

// GoString returns what String returns.
func (t TokenSpec) GoString() string { return t.String() }

// Format writes what String returns, for every verb.
func (t TokenSpec) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) }

// LogValue returns what String returns.
func (t TokenSpec) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText returns what String returns.
func (t TokenSpec) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Token returns the text of a new token, sealed under the current keys: the site's, or those of
// SharedSite if the server doesn't know the site. It panics if such a token can't be made.
func (s *Server) Token(spec TokenSpec) string {
	kind := spec.UID.Type()
	if u, ok := spec.user(); ok {
		kind = u.kind
	}
	return s.seal(spec, s.RawUID(spec), kind)
}

// seal is like Token, for a known raw UID and type.
func (s *Server) seal(spec TokenSpec, uid codec.RawUID, kind codec.IdentityType) string {
	if spec.Version == 0 {
		spec.Version = codec.V4
	}
	if spec.SiteID == 0 {
		spec.SiteID = PublisherSite
	}
	spec.fillTimes(s.config.now())
	fields := codec.Fields{
		Scope:         s.config.scope,
		Type:          kind,
		SiteID:        spec.SiteID,
		UID:           uid,
		PrivacyBits:   spec.PrivacyBits,
		EstablishedMs: spec.EstablishedMs,
		GeneratedMs:   spec.GeneratedMs,
		RefreshedMs:   spec.GeneratedMs,
		ExpiresMs:     spec.ExpiresMs,
	}
	s.mu.Lock()
	master, site := s.keys.sealing(spec.SiteID, spec.UnknownMasterKey, spec.UnknownSiteKey)
	s.mu.Unlock()
	token, err := codec.AppendSeal(nil, spec.Version, &fields, master, site)
	if err != nil {
		panic("uid2test: " + err.Error())
	}
	return string(token)
}

func (t *TokenSpec) fillTimes(now time.Time) {
	const lifetimeMs, day = tokenLifetimeS * 1000, 24 * 60 * 60 * 1000
	nowMs := now.UnixMilli()
	if t.GeneratedMs == 0 {
		t.GeneratedMs = nowMs
		if t.ExpiresMs != 0 && t.ExpiresMs <= nowMs {
			t.GeneratedMs = max(t.ExpiresMs-lifetimeMs, 0)
		}
	}
	if t.ExpiresMs == 0 {
		t.ExpiresMs = t.GeneratedMs + lifetimeMs
	}
	if t.EstablishedMs == 0 {
		t.EstablishedMs = max(t.GeneratedMs-day, 0)
	}
}
