package bidstream_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// nilSource is a source without a Snapshot.
type nilSource struct{}

func (nilSource) Snapshot() *keyset.Snapshot { return nil }

func TestChoiceOfKeys(t *testing.T) {
	keysOf := func(scope codec.Scope, changes ...func(map[string]any)) bidstream.Option {
		return bidstream.WithKeys(scope, keyset.Static(snapshot(t, scope, changes...)))
	}
	empty := func(scope codec.Scope) bidstream.Option { return bidstream.WithKeys(scope, keyset.Static(nil)) }
	none := func(scope codec.Scope) bidstream.Option { return bidstream.WithKeys(scope, nilSource{}) }
	const u, e = codec.ScopeUID2, codec.ScopeEUID
	otherKeys := func(body map[string]any) { // 5001 and 5002 become 164 and 165
		body["keys"] = []any{}
		for _, v := range fixtures.KeyVectors() {
			if v.Set == "sdk-tests" {
				body["keys"] = append(body["keys"].([]any), map[string]any{
					"id": v.ID, "secret": v.Secret, "created": v.CreatedS, "activates": v.ActivatesS, "expires": v.ExpiresS,
				})
			}
		}
	}
	expired := keysExpire(now/1000 - 1)
	for _, c := range []struct {
		name    string
		with    []bidstream.Option
		token   string // id
		claimed codec.Scope
		want    codec.Status
		scope   codec.Scope // of the verdict
	}{
		{"both, UID2 token", []bidstream.Option{keysOf(u), keysOf(e)}, "G3", 0, codec.Success, u},
		{"both, EUID token", []bidstream.Option{keysOf(u), keysOf(e)}, "G5", 0, codec.Success, e},
		{"both, UID2 token in its eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G3", u, codec.Success, u},
		{"both, EUID token in its eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G7", e, codec.Success, e},
		{"both, EUID token in a UID2 eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G5", u, codec.InvalidIdentityScope, 0},
		{"both, UID2 token in an EUID eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G2", e, codec.InvalidIdentityScope, 0},
		{"both, version 2 in a UID2 eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G1", u, codec.Success, u},
		{"both, version 2 in an EUID eid", []bidstream.Option{keysOf(u), keysOf(e)}, "G1", e, codec.Success, e},
		{"both, version 2, UID2 has the key", []bidstream.Option{keysOf(u), keysOf(e, otherKeys)}, "G1", 0, codec.Success, u},
		{"both, version 2, EUID has the key", []bidstream.Option{keysOf(u, otherKeys), keysOf(e)}, "G1", 0, codec.Success, e},
		{"both, version 2, both have the key", []bidstream.Option{keysOf(u), keysOf(e)}, "G1", 0, codec.Success, u},
		{"both, version 2, neither has the key", []bidstream.Option{keysOf(u, otherKeys), keysOf(e, otherKeys)}, "G1", 0, codec.NotAuthorizedForMasterKey, 0},
		{"both, version 2 in a UID2 eid, EUID has the key", []bidstream.Option{keysOf(u, otherKeys), keysOf(e)}, "G1", u, codec.NotAuthorizedForMasterKey, 0},
		{"UID2 expired, EUID token", []bidstream.Option{keysOf(u, expired), keysOf(e)}, "G5", 0, codec.Success, e},
		{"UID2 expired, UID2 token", []bidstream.Option{keysOf(u, expired), keysOf(e)}, "G3", 0, codec.KeysNotSynced, 0},
		{"UID2 not loaded, version 2", []bidstream.Option{empty(u), keysOf(e)}, "G1", 0, codec.Success, e},
		{"UID2 not loaded, UID2 token", []bidstream.Option{empty(u), keysOf(e)}, "G3", 0, codec.NotInitialized, 0},
		{"UID2 not loaded, version 2 in a UID2 eid", []bidstream.Option{empty(u), keysOf(e)}, "G1", u, codec.NotInitialized, 0},
		{"neither loaded", []bidstream.Option{empty(u), empty(e)}, "G3", 0, codec.NotInitialized, 0},
		{"a source without a snapshot", []bidstream.Option{none(u)}, "G3", u, codec.NotInitialized, 0},
		{"no source", nil, "G3", 0, codec.NotInitialized, 0},
		{"no source, claimed", nil, "G3", u, codec.NotInitialized, 0},
		{"UID2 alone, EUID token", []bidstream.Option{keysOf(u)}, "G5", 0, codec.InvalidIdentityScope, 0},
		{"UID2 alone, EUID token in its eid", []bidstream.Option{keysOf(u)}, "G5", e, codec.InvalidIdentityScope, 0},
		{"UID2 alone, version 2 in an EUID eid", []bidstream.Option{keysOf(u)}, "G1", e, codec.InvalidIdentityScope, 0},
		{"UID2 alone, UID2 token in an EUID eid", []bidstream.Option{keysOf(u)}, "G3", e, codec.InvalidIdentityScope, 0},
		{"UID2 alone and not loaded, EUID token", []bidstream.Option{empty(u)}, "G5", 0, codec.NotInitialized, 0},
		{"EUID alone, version 2", []bidstream.Option{keysOf(e)}, "G1", 0, codec.Success, e},
		{"the first scope that is none", []bidstream.Option{keysOf(u), keysOf(e)}, "G3", 3, codec.InvalidIdentityScope, 0},
		{"a scope that is none", []bidstream.Option{keysOf(u), keysOf(e)}, "G3", 9, codec.InvalidIdentityScope, 0},
		{"keys of another scope", []bidstream.Option{bidstream.WithKeys(u, keyset.Static(snapshot(t, e)))}, "G3", u, codec.InvalidIdentityScope, 0},
		{"keys of another scope, version 2", []bidstream.Option{bidstream.WithKeys(u, keyset.Static(snapshot(t, e)))}, "G1", 0, codec.InvalidIdentityScope, 0},
		{"the later source of a scope", []bidstream.Option{empty(u), keysOf(u)}, "G3", 0, codec.Success, u},
	} {
		v := decrypt(t, newDecrypter(t, c.with...), fixtures.Token(c.token).Text, bidstream.Query{Scope: c.claimed, NowMs: now})
		if v.Status != c.want || v.Scope != c.scope {
			t.Errorf("%s: %v of %v, want %v of %v", c.name, v.Status, v.Scope, c.want, c.scope)
		}
	}
}

func TestMalformedTokensAndChoiceOfKeys(t *testing.T) {
	both := newDecrypter(t,
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(nil)),
		bidstream.WithKeys(codec.ScopeEUID, keyset.Static(snapshot(t, codec.ScopeEUID))),
	)
	for claimed, want := range map[codec.Scope]codec.Status{
		0:               codec.VersionNotSupported, // any keys will do
		codec.ScopeEUID: codec.VersionNotSupported,
		codec.ScopeUID2: codec.NotInitialized,
	} {
		if got := decrypt(t, both, "AAAA", bidstream.Query{Scope: claimed, NowMs: now}); got.Status != want {
			t.Errorf("claimed %v: %v, want %v", claimed, got.Status, want)
		}
	}
}

// TestImpossibleSources: the error names what is impossible, in whatever place among the options it
// is.
func TestImpossibleSources(t *testing.T) {
	for named, impossible := range map[string]bidstream.Option{
		"neither UID2 nor EUID": bidstream.WithKeys(0, nilSource{}),
		"scope":                 bidstream.WithKeys(3, nilSource{}),
		"UID2":                  bidstream.WithKeys(codec.ScopeUID2, nil),
		"EUID":                  bidstream.WithKeys(codec.ScopeEUID, nil),
	} {
		for _, opts := range [][]bidstream.Option{{impossible}, {impossible, bidstream.ForSharing()}, {bidstream.ForLegacy(), impossible}} {
			if d, err := bidstream.New(opts...); d != nil || !errors.Is(err, bidstream.ErrOption) || !strings.Contains(err.Error(), named) {
				t.Errorf("%s: %v, %v", named, d, err)
			}
		}
	}
}
