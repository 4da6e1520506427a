//go:build interop

package interop

import (
	"fmt"
	"testing"
	"testing/cryptotest"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing"
	"github.com/uid2rtb/uid2rtb/sharing/legacy"
)

// told is all that an SDK says of a token; what it leaves out is nil.
type told struct {
	Status              string
	UID                 *string
	Established         *int64
	Expires             *int64
	SiteID              *int64 `json:"site_id"` // the Java SDK takes it for signed
	Type                *string
	Version             *int
	ClientSideGenerated *bool `json:"client_side_generated"`
}

// summary is what failures tell: no raw UID.
func (v told) summary() string {
	if v.Type != nil {
		return v.Status + " of type " + *v.Type
	}
	return v.Status
}

// TestAnyTime shows both sides tokens under keys made up at random, at times near every limit, to clients of every kind.
// Not only must they agree, or differ in a known way: each must say what its list in judges says.
func TestAnyTime(t *testing.T) {
	const keyrings, tokens = 5, 600
	forEach(t, func(t *testing.T, s *sdk) {
		for i, role := range []string{"bidstream", "sharing", "legacy"} {
			t.Run(role, func(t *testing.T) {
				cryptotest.SetGlobalRandom(t, *seed) // for the IVs
				random := newSource(10 + uint64(i))
				for n := range 2 * keyrings {
					k := random.keyring(t, []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}[n%2])
					all := make([]circumstance, tokens)
					for j := range all {
						all[j] = random.circumstance(t, k, role, versions[j%3])
					}
					compareAll(t, s, role, k, all, n)
				}
			})
		}
	})
}

func compareAll(t *testing.T, s *sdk, role string, k *keyring, all []circumstance, number int) {
	t.Helper()
	judgeIt := ours(t, role, k)
	s.load(t, role, k.scope, k.answer)
	for i, v := range s.decryptAt(t, role, itemsOf(all)) {
		c := &all[i]
		where := fmt.Sprintf("%s of %v, version %d, seed %d, keyring %d, token %d", role, k.scope, c.version, *seed, number, i)
		var our bidstream.Verdict
		judgeIt(&our, c)
		mine, their := our.Status.String(), v.Status
		if want := judges["uid2rtb"][role].status(k, c).String(); mine != want {
			t.Errorf("%s: we say %s, by our list of checks it is %s", where, mine, want)
		}
		if want := judges[s.name][role].status(k, c).String(); their != want {
			t.Errorf("%s: %s says %s, by its list of checks it is %s", where, s.name, their, want)
		}
		if mine != their && !explained(s.name, role, c.version, mine, their) {
			t.Errorf("%s: we say %s, %s says %s", where, mine, s.name, their)
		}
		compareTold(t, where, s, c, v)
		compareVerdict(t, where, c, &our)
	}
}

// ours is how this module judges for a role.
func ours(t testing.TB, role string, k *keyring) func(*bidstream.Verdict, *circumstance) {
	t.Helper()
	keys := keyset.Static(k.snapshot(t))
	switch role {
	case "bidstream":
		d, err := bidstream.New(bidstream.WithKeys(k.scope, keys))
		if err != nil {
			t.Fatal(err)
		}
		return func(v *bidstream.Verdict, c *circumstance) {
			d.DecryptString(v, c.text, bidstream.Query{Name: c.name, Scope: k.scope, NowMs: c.nowMs})
		}
	case "sharing":
		d, err := sharing.New(k.scope, keys)
		if err != nil {
			t.Fatal(err)
		}
		return func(v *bidstream.Verdict, c *circumstance) { d.DecryptString(v, c.text, c.nowMs) }
	default:
		d, err := legacy.New(k.scope, keys)
		if err != nil {
			t.Fatal(err)
		}
		return func(v *bidstream.Verdict, c *circumstance) { d.Decrypt(v, c.text, "", c.nowMs) }
	}
}

// load gives the SDK a client of a role with these keys.
func (s *sdk) load(t testing.TB, role string, scope codec.Scope, answer string) {
	t.Helper()
	var loaded struct{ OK bool }
	s.must(t, object{"op": "load", "role": role, "scope": scope.String(), "answer": answer}, &loaded)
	if !loaded.OK {
		t.Fatalf("%s doesn't take the keys", s.name)
	}
}

// decryptAt asks the client that was loaded last about tokens, each with the time, and maybe a name.
func (s *sdk) decryptAt(t testing.TB, role string, tokens []object) []told {
	t.Helper()
	var answer struct{ Verdicts []told }
	s.must(t, object{"op": "decrypt_at", "role": role, "tokens": tokens}, &answer)
	if len(answer.Verdicts) != len(tokens) {
		t.Fatalf("%s: %d verdicts about %d tokens", s.name, len(answer.Verdicts), len(tokens))
	}
	return answer.Verdicts
}

func itemsOf(all []circumstance) []object {
	items := make([]object, len(all))
	for i, c := range all {
		items[i] = object{"token": c.text, "now": c.nowMs}
		if c.name != "" {
			items[i]["name"] = c.name
		}
	}
	return items
}

// compareVerdict: whatever we say of a token is what was sealed, and a raw UID comes only with Success.
func compareVerdict(t *testing.T, where string, c *circumstance, v *bidstream.Verdict) {
	t.Helper()
	f := &c.fields
	if uid, ok := v.RawUID(); ok != (v.Status == codec.Success) || ok && uid != f.UID {
		t.Errorf("%s: %v with the wrong raw UID, or none", where, v.Status)
	}
	if v.Version == 0 {
		return // its layers didn't open
	}
	if v.Version != c.version || v.Type != c.kind() || v.SiteID != f.SiteID || v.PrivacyBits != f.PrivacyBits ||
		v.EstablishedMs != f.EstablishedMs || v.ExpiresMs != f.ExpiresMs || c.version != codec.V2 && v.GeneratedMs != f.GeneratedMs {
		t.Errorf("%s: a field of our verdict %v isn't what was sealed", where, v.Status)
	}
}

// compareTold: whatever an SDK says of a token is what was sealed, or a known difference. On Success it must say all.
func compareTold(t *testing.T, where string, s *sdk, c *circumstance, v told) {
	t.Helper()
	f := &c.fields
	wrong := func(field string, said, right bool) {
		t.Helper()
		if said && !right && !fieldExplained(s.name, field, v.Status, c) {
			t.Errorf("%s: %s of %s with %s isn't what was sealed", where, field, s.name, v.Status)
		}
	}
	wrong("uid", v.UID != nil, v.Status == "Success" && same(v.UID, f.UID.Reveal()))
	wrong("established", v.Established != nil, same(v.Established, f.EstablishedMs))
	wrong("expires", v.Expires != nil, same(v.Expires, f.ExpiresMs))
	wrong("site id", v.SiteID != nil, v.sameSite(f.SiteID))
	wrong("type", v.Type != nil, same(v.Type, c.kind().String()))
	wrong("version", v.Version != nil, same(v.Version, int(c.version)))
	wrong("client-side generated", v.SiteID != nil && v.ClientSideGenerated != nil, same(v.ClientSideGenerated, f.PrivacyBits.ClientSideGenerated()))
	if v.Status == "Success" && (v.UID == nil || v.Established == nil || v.Expires == nil || v.SiteID == nil || v.Version == nil ||
		v.Type == nil && c.version != codec.V2 || v.ClientSideGenerated == nil) {
		t.Errorf("%s: %s leaves out a field", where, s.name)
	}
}

func (v *told) sameSite(id uint32) bool { return v.SiteID != nil && uint32(*v.SiteID) == id }

func same[T comparable](p *T, want T) bool { return p != nil && *p == want }
