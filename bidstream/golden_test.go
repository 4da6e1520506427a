package bidstream_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

var bothScopes = []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}

func scopeNamed(name string) codec.Scope {
	for _, s := range bothScopes {
		if s.String() == name {
			return s
		}
	}
	return 0
}

// golden returns the tokens of the golden keys.
func golden() (all []fixtures.TokenVector) {
	for _, v := range fixtures.TokenVectors() {
		if v.Keys == "golden" {
			all = append(all, v)
		}
	}
	return all
}

// scopeOf returns the scope whose keys open a token: any for version 2.
func scopeOf(v fixtures.TokenVector, keys codec.Scope) codec.Scope {
	if scope := scopeNamed(v.Scope); scope != 0 {
		return scope
	}
	return keys
}

func TestGoldenTokens(t *testing.T) {
	allowed := map[string]bool{"example.com": true, "EXAMPLE.com": true, "com.example.app": true, "Com.Example.App": true}
	names := []string{"example.com", "EXAMPLE.com", "com.example.app", "Com.Example.App", "foo.com", "www.example.com", "example", "*", ""}
	for _, keys := range bothScopes {
		d := decrypter(t, keys)
		for _, v := range golden() {
			for _, name := range names {
				want := codec.Success
				switch bits := codec.PrivacyBits(v.PrivacyBits); {
				case scopeOf(v, keys) != keys:
					want = codec.InvalidIdentityScope
				case bits.OptedOut():
					want = codec.UserOptedOut
				case bits.ClientSideGenerated() && !allowed[name]:
					want = codec.DomainOrAppNameCheckFailed
				}
				for _, claimed := range []codec.Scope{0, keys} {
					got := decrypt(t, d, v.Text, bidstream.Query{Name: name, Scope: claimed, NowMs: now})
					if got.Status != want {
						t.Errorf("%s with %v keys, claimed %v, on %q: %v, want %v", v.ID, keys, claimed, name, got.Status, want)
					}
					checkSays(t, got, v, keys)
				}
			}
		}
	}
}

// checkSays compares a verdict with the fields of the token.
func checkSays(t *testing.T, got bidstream.Verdict, v fixtures.TokenVector, keys codec.Scope) {
	t.Helper()
	if !opened(got.Status) {
		return
	}
	want := bidstream.Verdict{
		Status: got.Status, OptOut: got.OptOut,
		EstablishedMs: v.EstablishedMs, GeneratedMs: v.GeneratedMs, ExpiresMs: v.ExpiresMs,
		SiteID: v.SiteID, Scope: scopeOf(v, keys), Version: codec.Version(v.Version), PrivacyBits: codec.PrivacyBits(v.PrivacyBits),
		Type: map[string]codec.IdentityType{"email": codec.TypeEmail, "phone": codec.TypePhone}[v.Type],
	}
	if got.Status == codec.Success {
		want = want.WithRawUID(uid(t, v.UID))
	}
	if got != want {
		t.Errorf("%s: says %+v, want %+v", v.ID, got, want)
	}
}

func TestMalformedTokens(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2)
	for _, v := range fixtures.MalformedTokens() {
		if got := decrypt(t, d, v.Text, bidstream.Query{NowMs: now}); got.Status.String() != v.Status {
			t.Errorf("%q: %v, want %s", v.Text, got.Status, v.Status)
		}
	}
}

func TestCrossPlatformToken(t *testing.T) {
	s, err := keyset.Parse(fixtures.Answer("sdk-tests"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDecrypter(t, bidstream.WithKeys(codec.ScopeUID2, keyset.Static(s)))
	v := fixtures.Token("cross-platform")
	got := decrypt(t, d, v.Text, bidstream.Query{NowMs: now})
	if got.Status != codec.Success {
		t.Fatal(got.Status)
	}
	checkSays(t, got, v, codec.ScopeUID2)
}

func TestGoldenTokensAndShortLifetimes(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2, set("max_bidstream_lifetime_seconds", 259200))
	for _, v := range golden() {
		if v.Scope == "EUID" {
			continue
		}
		want := codec.InvalidTokenLifetime
		if codec.PrivacyBits(v.PrivacyBits).OptedOut() {
			want = codec.UserOptedOut
		}
		if got := decrypt(t, d, v.Text, bidstream.Query{Name: "example.com", NowMs: now}); got.Status != want {
			t.Errorf("%s: %v, want %v", v.ID, got.Status, want)
		}
		if !codec.PrivacyBits(v.PrivacyBits).ClientSideGenerated() || want == codec.UserOptedOut {
			continue
		}
		if got := decrypt(t, d, v.Text, bidstream.Query{NowMs: now}); got.Status != codec.DomainOrAppNameCheckFailed {
			t.Errorf("%s without a name: %v", v.ID, got.Status)
		}
	}
}

func TestGoldenTokensWithoutAKey(t *testing.T) {
	for id, want := range map[uint32]codec.Status{5001: codec.NotAuthorizedForMasterKey, 5002: codec.NotAuthorizedForKey} {
		for _, keys := range bothScopes {
			d := decrypter(t, keys, withoutKey(id))
			for _, v := range golden() {
				if scopeOf(v, keys) != keys {
					continue
				}
				if got := decrypt(t, d, v.Text, bidstream.Query{NowMs: now}); got.Status != want {
					t.Errorf("%s without key %d: %v, want %v", v.ID, id, got.Status, want)
				}
			}
		}
	}
}

func TestNamesOfTheSite(t *testing.T) {
	s, err := keyset.Parse(fixtures.Answer("sdk-tests"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDecrypter(t, bidstream.WithKeys(codec.ScopeUID2, keyset.Static(s)))
	names := fixtures.Names()
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		f := usable(t)
		f.SiteID, f.PrivacyBits = names.SiteID, 3
		token := sealedUnder(t, version, f, key(t, 164), key(t, 165))
		for _, name := range names.Allowed {
			if got := decrypt(t, d, token, bidstream.Query{Name: name, NowMs: now}); got.Status != codec.Success || !got.PrivacyBits.ClientSideGenerated() {
				t.Errorf("version %d on %q: %v", version, name, got.Status)
			}
		}
		for _, name := range names.Refused {
			if got := decrypt(t, d, token, bidstream.Query{Name: name, NowMs: now}); got.Status != codec.DomainOrAppNameCheckFailed {
				t.Errorf("version %d on %q: %v", version, name, got.Status)
			}
		}
		f.SiteID = 12345 // has registered no names
		token = sealedUnder(t, version, f, key(t, 164), key(t, 165))
		if got := decrypt(t, d, token, bidstream.Query{Name: "example.com", NowMs: now}); got.Status != codec.DomainOrAppNameCheckFailed {
			t.Errorf("version %d of an unknown site: %v", version, got.Status)
		}
	}
}
