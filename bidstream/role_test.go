package bidstream_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestRoles shows how the three roles differ: in the name check for tokens generated on the client
// side, and in the limit of a token's lifetime.
func TestRoles(t *testing.T) {
	clientSide, serverSide := fixtures.Token("G6").Text, fixtures.Token("G3").Text
	bidLimit, shareLimit := set("max_bidstream_lifetime_seconds", 60), set("max_sharing_lifetime_seconds", 60)
	noBidLimit, noShareLimit := set("max_bidstream_lifetime_seconds", nil), set("max_sharing_lifetime_seconds", nil)
	const fails, long, good = codec.DomainOrAppNameCheckFailed, codec.InvalidTokenLifetime, codec.Success
	type changes = []func(map[string]any)
	for _, c := range []struct {
		note, token, name        string
		changes                  changes
		bidding, sharing, legacy codec.Status
	}{
		{"no name", clientSide, "", nil, fails, good, good},
		{"a wrong name", clientSide, "foo.com", nil, fails, good, fails},
		{"a right name", clientSide, "example.com", nil, good, good, good},
		{"a bidstream limit", serverSide, "", changes{bidLimit}, long, good, good},
		{"a sharing limit", serverSide, "", changes{shareLimit}, good, long, good},
		{"a bidstream limit alone", serverSide, "", changes{bidLimit, noShareLimit}, long, good, good},
		{"a sharing limit alone", serverSide, "", changes{shareLimit, noBidLimit}, good, long, good},
		{"both limits", serverSide, "", changes{shareLimit, bidLimit}, long, long, good},
		{"no limit", serverSide, "foo.com", nil, good, good, good},
		{"opted out", fixtures.Token("G8").Text, "example.com", nil, codec.UserOptedOut, codec.UserOptedOut, codec.UserOptedOut},
	} {
		keys := bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2, c.changes...)))
		q := bidstream.Query{Name: c.name, Scope: codec.ScopeUID2, NowMs: now}
		for role, d := range map[string]struct {
			*bidstream.Decrypter
			want codec.Status
		}{
			"bidding": {newDecrypter(t, keys), c.bidding},
			"sharing": {newDecrypter(t, keys, bidstream.ForSharing()), c.sharing},
			"legacy":  {newDecrypter(t, keys, bidstream.ForLegacy()), c.legacy},
		} {
			if v := decrypt(t, d.Decrypter, c.token, q); v.Status != d.want {
				t.Errorf("%s, for %s: %v, want %v", c.note, role, v.Status, d.want)
			}
		}
	}
}

// A legacy answer has no scope, so the caller's counts.
func TestLegacyKeysOfEUID(t *testing.T) {
	keys := bidstream.WithKeys(codec.ScopeEUID, keyset.Static(snapshot(t, codec.ScopeUID2)))
	q := bidstream.Query{Scope: codec.ScopeEUID, NowMs: now}
	if v := decrypt(t, newDecrypter(t, keys, bidstream.ForLegacy()), fixtures.Token("G5").Text, q); v.Status != codec.Success {
		t.Error(v.Status)
	}
	if v := decrypt(t, newDecrypter(t, keys), fixtures.Token("G5").Text, q); v.Status != codec.InvalidIdentityScope {
		t.Error(v.Status)
	}
	if v := decrypt(t, newDecrypter(t, keys, bidstream.ForLegacy()), fixtures.Token("G3").Text, q); v.Status != codec.InvalidIdentityScope {
		t.Error(v.Status)
	}
}
