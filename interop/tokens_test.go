//go:build interop

package interop

import (
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

var versions = []codec.Version{codec.V2, codec.V3, codec.V4}

// start starts a local operator of a scope.
func start(t testing.TB, opts ...uid2test.Option) *uid2test.Server {
	t.Helper()
	server := uid2test.NewServer(opts...)
	t.Cleanup(server.Close)
	return server
}

// keysOf are the keys that the local operator's participant has, in an answer of path.
func keysOf(t testing.TB, server *uid2test.Server, path string) *keyset.Snapshot {
	t.Helper()
	keys, err := keyset.Parse(server.KeyAnswer(server.Client(), path))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestTheyOpenOurs seals random tokens of each version, for bidders and for sharers; every field must come out.
func TestTheyOpenOurs(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
			server := start(t, uid2test.WithScope(scope))
			keys := secretsOf(t, server)
			random := newSource(1)
			for _, role := range []string{"bidstream", "sharing"} {
				s.connect(t, role, server, server.Client())
				for _, version := range versions {
					for range perVersion / batchSize {
						openBatch(t, s, role, version, scope, keys, random)
					}
				}
			}
		}
	})
}

func openBatch(t *testing.T, s *sdk, role string, version codec.Version, scope codec.Scope, keys secrets, random source) {
	t.Helper()
	tokens, all := make([]string, batchSize), make([]codec.Fields, batchSize)
	for i := range tokens {
		all[i] = random.fields(t, version, scope)
		tokens[i] = keys.seal(t, version, all[i])
	}
	for i, v := range s.decrypt(t, role, "example.com", tokens) {
		f := all[i]
		kind := f.Type
		if kind == codec.TypeUnknown {
			kind = f.UID.Type()
		}
		if version == codec.V2 {
			kind = codec.TypeUnknown
		}
		if v.Status != "Success" || v.UID != f.UID.Reveal() || v.EstablishedMs != f.EstablishedMs || v.ExpiresMs != f.ExpiresMs ||
			v.SiteID != f.SiteID || v.Type != kind.String() || v.Version != int(version) {
			t.Fatalf("%s, version %d of %v for %s, token %d: %v; sealed with type %v", s.name, version, scope, role, i, v, kind)
		}
		if s == java && v.ClientSideGenerated != f.PrivacyBits.ClientSideGenerated() {
			t.Fatalf("java, version %d, token %d: client-side generated is %v", version, i, v.ClientSideGenerated)
		}
	}
}

// TestWeOpenTheirs opens tokens of each version that the SDKs' own generators made.
func TestWeOpenTheirs(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
			server := start(t, uid2test.WithScope(scope))
			keys := secretsOf(t, server)
			snapshot := keysOf(t, server, uid2test.PathBidstream)
			decrypter, err := bidstream.New(bidstream.WithKeys(scope, keyset.Static(snapshot)))
			if err != nil {
				t.Fatal(err)
			}
			random := newSource(2)
			for _, version := range versions {
				for range perVersion / batchSize {
					sealBatch(t, s, version, scope, keys, random, decrypter)
				}
			}
		}
	})
}

func sealBatch(t *testing.T, s *sdk, version codec.Version, scope codec.Scope, keys secrets, random source, decrypter *bidstream.Decrypter) {
	t.Helper()
	specs, all := make([]object, batchSize), make([]codec.Fields, batchSize)
	for i := range specs {
		f := random.fields(t, version, scope)
		all[i] = f
		specs[i] = object{"uid": f.UID.Reveal(), "version": version, "site_id": f.SiteID, "privacy_bits": f.PrivacyBits,
			"established": f.EstablishedMs, "generated": f.GeneratedMs, "expires": f.ExpiresMs}
	}
	command := object{"op": "seal", "scope": scope.String(), "master": keys.specs["master"], "site": keys.specs["site"], "tokens": specs}
	nowMs := time.Now().UnixMilli()
	for i, token := range s.seal(t, command) {
		var v bidstream.Verdict
		decrypter.DecryptString(&v, token.Token, bidstream.Query{Name: "example.com", Scope: scope, NowMs: nowMs})
		f := all[i]
		if uid, ok := v.RawUID(); !ok || v.Status != codec.Success || uid != f.UID || v.EstablishedMs != f.EstablishedMs || v.ExpiresMs != f.ExpiresMs ||
			v.SiteID != f.SiteID || v.Version != version || version != codec.V2 && v.GeneratedMs != f.GeneratedMs {
			t.Fatalf("%s, version %d of %v, token %d: %v", s.name, version, scope, i, v.Status)
		}
	}
}

// TestSharing: raw UIDs that one side encrypts, the other opens.
func TestSharing(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
			server := start(t, uid2test.WithScope(scope))
			s.connect(t, "sharing", server, server.Client())
			sharer, err := sharing.New(scope, keyset.Static(keysOf(t, server, uid2test.PathSharing)))
			if err != nil {
				t.Fatal(err)
			}
			random, nowMs := newSource(3), time.Now().UnixMilli()
			uids, texts, ours := make([]codec.RawUID, perVersion), make([]string, perVersion), make([]string, perVersion)
			for i := range uids {
				uids[i] = random.rawUID(t, codec.Version(2+i%3), scope)
				texts[i] = uids[i].Reveal()
				token, status := sharer.Encrypt(nil, uids[i], nowMs)
				if status != codec.Success {
					t.Fatal(status)
				}
				ours[i] = string(token)
			}
			for i, v := range s.decrypt(t, "sharing", "", ours) {
				if v.Status != "Success" || v.UID != texts[i] || v.SiteID != server.Client().SiteID {
					t.Fatalf("%s opens ours, token %d: %v", s.name, i, v)
				}
			}
			for i, token := range s.seal(t, object{"op": "encrypt", "uids": texts}) {
				var v bidstream.Verdict
				sharer.DecryptString(&v, token.Token, time.Now().UnixMilli())
				if uid, ok := v.RawUID(); !ok || token.Status != "Success" || v.Status != codec.Success || uid != uids[i] || v.SiteID != server.Client().SiteID {
					t.Fatalf("we open those of %s, token %d: %s, %v", s.name, i, token.Status, v.Status)
				}
			}
		}
	})
}
