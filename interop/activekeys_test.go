//go:build interop

package interop

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing"
)

// sharerKeys is a key answer for a sharer, made up at random: keysets of keys that begin and end around the same time.
type sharerKeys struct {
	answer   string
	snapshot *keyset.Snapshot
	nowMs    int64
	expiryMs int64 // of tokens, after now
}

// sharerKeys has no two keys of a keyset that begin together: which of them is used, the protocol doesn't say.
func (r source) sharerKeys(t testing.TB, scope codec.Scope, shuffled bool) sharerKeys {
	t.Helper()
	const around = 1_768_478_400
	var keys []object
	for _, keysetID := range []int64{1, 70} {
		for _, offset := range r.Perm(20)[:1+r.IntN(8)] {
			activates := int64(around - 10 + offset)
			keys = append(keys, object{"id": r.keyID(), "keyset_id": keysetID, "created": activates, "activates": activates,
				"expires": activates + 1 + r.Int64N(20), "secret": r.bytes(codec.KeySize)})
		}
	}
	slices.SortFunc(keys, func(a, b object) int { return cmp.Compare(a["activates"].(int64), b["activates"].(int64)) })
	if shuffled {
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	k := sharerKeys{nowMs: around*1000 + 1000*r.Int64N(20) + []int64{-1, 0, 1, 500}[r.IntN(4)], expiryMs: 30 * 24 * 3600 * 1000}
	body := object{"identity_scope": scope.String(), "keys": keys, "caller_site_id": 11, "master_keyset_id": 1, "default_keyset_id": 70}
	if r.oneIn(2) {
		body["token_expiry_seconds"], k.expiryMs = "1728000", 1_728_000_000
	}
	for _, field := range []string{"caller_site_id", "default_keyset_id"} {
		if r.oneIn(10) {
			delete(body, field)
		}
	}
	text, err := json.Marshal(object{"status": "success", "body": body})
	if err != nil {
		t.Fatal(err)
	}
	k.answer = string(text)
	if k.snapshot, err = keyset.Parse(text); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestActiveKeys encrypts on both sides with the same keys at the same time, and looks into the tokens: the same keys must
// have been taken, and the same said.
func TestActiveKeys(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		for i, kind := range []string{"sorted keysets", "shuffled keysets"} {
			random, statuses := newSource(20+uint64(i)), map[string]int{}
			for n := range 500 {
				scope := []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}[n%2]
				k := random.sharerKeys(t, scope, kind == "shuffled keysets")
				uid := random.rawUID(t, codec.Version(2+n%3), scope)
				mine, theirs := encryptBoth(t, s, k, scope, uid)
				switch {
				case mine.status == theirs.status && mine.masterKey == theirs.masterKey && mine.siteKey == theirs.siteKey:
				case explained(s.name, kind, codec.V4, mine.status, theirs.status):
				default:
					t.Errorf("%s, seed %d, token %d: %+v; %s: %+v", kind, *seed, n, mine, s.name, theirs)
				}
				statuses[mine.status]++
				if theirs.status == "Success" {
					compareSealed(t, s, k, uid, theirs)
				}
			}
			t.Logf("%s: %v", kind, statuses)
		}
	})
}

// encrypted is what became of a raw UID. A token is told as what it says, without the raw UID.
type encrypted struct {
	status             string
	masterKey, siteKey uint32
	token              *codec.Token
}

func encryptBoth(t testing.TB, s *sdk, k sharerKeys, scope codec.Scope, uid codec.RawUID) (mine, theirs encrypted) {
	t.Helper()
	sharer, err := sharing.New(scope, keyset.Static(k.snapshot))
	if err != nil {
		t.Fatal(err)
	}
	token, status := sharer.Encrypt(nil, uid, k.nowMs)
	mine = look(t, k, status.String(), string(token))
	s.load(t, "sharing", scope, k.answer)
	answers := s.seal(t, object{"op": "encrypt_at", "uids": []object{{"uid": uid.Reveal(), "now": k.nowMs}}})
	return mine, look(t, k, answers[0].Status, answers[0].Token)
}

// look opens a token.
func look(t testing.TB, k sharerKeys, status, text string) encrypted {
	t.Helper()
	if status != codec.Success.String() {
		return encrypted{status: status}
	}
	var token codec.Token
	if codec.Parse(&token, text) != codec.Success || token.Open(k.snapshot.Keys()) != codec.Success {
		t.Fatal("a sharing token doesn't open with the keys that it was sealed with")
	}
	return encrypted{status, token.MasterKeyID, token.SiteKeyID, &token}
}

// compareSealed: what an SDK's token says is what was asked for.
func compareSealed(t *testing.T, s *sdk, k sharerKeys, uid codec.RawUID, theirs encrypted) {
	t.Helper()
	unit := int64(1)
	if s == python {
		unit = 1000 // it seals whole seconds
	}
	site, _ := k.snapshot.CallerSiteID() // 0 where the Java SDK goes on without
	kind := codec.TypeEmail
	if strings.ContainsAny(uid.Reveal()[:1], "BF") {
		kind = codec.TypePhone // the SDKs look at nothing else
	}
	got := theirs.token
	if got.UID != uid || got.SiteID != site || got.Type != kind || got.Version != codec.V4 || got.PrivacyBits != 0 ||
		got.ExpiresMs/unit != (k.nowMs+k.expiryMs)/unit {
		t.Errorf("%s, seed %d: a field of its token isn't what was asked for", s.name, *seed)
	}
}
