//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// keyring is a key answer made up at random: keys, limits and the names of sites.
type keyring struct {
	scope          codec.Scope
	masters, sites []*codec.Key
	stranger       *codec.Key // isn't in the answer
	expiresMs      int64      // when the last key does
	maxLifetimeMs  map[string]int64
	skewMs         int64
	names          map[uint32][]string // of sites
	siteIDs        []uint32            // those with names, one without any, and one that the answer doesn't know
	answer         string
}

// keyID is positive as a signed number, as real ids are: the Java SDK reads signed ones.
func (r source) keyID() uint32 { return 1 + r.Uint32N(1<<31-1) }

func (r source) keyring(t testing.TB, scope codec.Scope) *keyring {
	t.Helper()
	const day = 24 * 3600
	expiresS := 1_768_478_400 + r.Int64N(365*day)
	k := &keyring{
		scope:     scope,
		expiresMs: expiresS * 1000,
		maxLifetimeMs: map[string]int64{
			"bidstream": 1000 * (day + r.Int64N(3*day)),
			"sharing":   1000 * (day + r.Int64N(30*day)),
		},
		skewMs: 1000 * []int64{0, 60, 1800}[r.IntN(3)],
		names:  map[uint32][]string{},
	}
	var entries []object
	add := func() *codec.Key {
		secret := r.bytes(codec.KeySize)
		key, err := codec.NewKey(r.keyID(), secret)
		if err != nil {
			t.Fatal(err)
		}
		back := r.Int64N(30 * day) // a key that has expired opens tokens all the same
		entries = append(entries, object{"id": key.ID(), "secret": secret,
			"created": expiresS - back - 60*day, "activates": expiresS - back - 59*day, "expires": expiresS - back})
		return key
	}
	for range 1 + r.IntN(5) {
		k.masters = append(k.masters, add())
	}
	for range 1 + r.IntN(40) {
		k.sites = append(k.sites, add())
	}
	entries[r.IntN(len(entries))]["expires"] = expiresS
	k.stranger = add()
	entries = entries[:len(entries)-1]
	r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	k.answer = r.answer(t, k, entries)
	return k
}

// answer gives some sites their names, and writes it all down.
func (r source) answer(t testing.TB, k *keyring, keys []object) string {
	t.Helper()
	sites := []object{}
	for _, names := range [][]string{{"example.com", "example.org", "com.123.Game.App"}, {"Example.NET", "123456789"}, {}} {
		id := r.keyID()
		k.siteIDs, k.names[id] = append(k.siteIDs, id), names
		sites = append(sites, object{"id": id, "domain_names": names})
	}
	k.siteIDs = append(k.siteIDs, r.keyID())
	text, err := json.Marshal(object{"status": "success", "body": object{
		"identity_scope": k.scope.String(), "allow_clock_skew_seconds": k.skewMs / 1000, "site_data": sites,
		"max_bidstream_lifetime_seconds": k.maxLifetimeMs["bidstream"] / 1000,
		"max_sharing_lifetime_seconds":   k.maxLifetimeMs["sharing"] / 1000,
		"unexpected":                     object{}, "keys": keys,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// has reports whether a key is in the answer.
func (k *keyring) has(key *codec.Key) bool {
	return slices.Contains(k.masters, key) || slices.Contains(k.sites, key)
}

func (k *keyring) snapshot(t testing.TB) *keyset.Snapshot {
	t.Helper()
	s, err := keyset.Parse([]byte(k.answer))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
