package uid2test_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

var alice = uid2test.TokenSpec{Email: email}

// TestRotation shows what a participant sees: it must fetch keys to open new tokens, can still open
// old ones, and can't any more once their keys are retired.
func TestRotation(t *testing.T) {
	s := start(t)
	c := s.Client()
	before := mustFetch(t, s, c, uid2test.PathBidstream)
	old := s.Token(alice)

	s.RotateKeys()
	after := mustFetch(t, s, c, uid2test.PathBidstream)
	fresh := s.Token(alice)
	s.RetireKeys()
	retired := mustFetch(t, s, c, uid2test.PathBidstream)

	for _, test := range []struct {
		name, token string
		keys        []byte
		want        codec.Status
	}{
		{"old token, old keys", old, before, codec.Success},
		{"new token, old keys", fresh, before, codec.NotAuthorizedForMasterKey},
		{"old token, all keys", old, after, codec.Success},
		{"new token, all keys", fresh, after, codec.Success},
		{"old token, new keys", old, retired, codec.NotAuthorizedForMasterKey},
		{"new token, new keys", fresh, retired, codec.Success},
		{"newest token, new keys", s.Token(alice), retired, codec.Success},
	} {
		if _, status := open(t, test.token, test.keys); status != test.want {
			t.Errorf("%s: got %v, want %v", test.name, status, test.want)
		}
	}

	a, b, c3 := keysOf(t, before), keysOf(t, after), keysOf(t, retired)
	if len(b) != 2*len(a) || len(c3) != len(a) {
		t.Errorf("%d keys, after rotation %d, after retirement %d", len(a), len(b), len(c3))
	}
	for _, k := range c3 {
		if slices.ContainsFunc(a, func(o key) bool { return o.ID == k.ID || bytes.Equal(o.Secret, k.Secret) }) {
			t.Errorf("key %d is not new", k.ID)
		}
	}
}

// TestTheLatestActiveKeyIsTheOneInUse, as a sharer selects it, even after rotations within one
// second.
func TestTheLatestActiveKeyIsTheOneInUse(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := uid2test.NewUnstartedServer(uid2test.WithNow(func() time.Time { return now }))
	s.RotateKeys()
	s.RotateKeys()
	spec := alice
	spec.SiteID = s.Client().SiteID
	token, _ := open(t, s.Token(spec), s.KeyAnswer(s.Client(), uid2test.PathSharing))

	best := make(map[int64]key)
	for _, k := range keysOf(t, s.KeyAnswer(s.Client(), uid2test.PathSharing)) {
		if k.Created > k.Activates || k.Activates > now.Unix() || k.Expires <= now.Unix() || len(k.Secret) != 32 {
			t.Errorf("key %d isn't active", k.ID)
		}
		if k.KeysetID == nil {
			continue
		}
		if b, ok := best[*k.KeysetID]; !ok || k.Activates > b.Activates || k.Activates == b.Activates && k.ID > b.ID {
			best[*k.KeysetID] = k
		}
	}
	if len(best) != 2 || best[9999999].ID != token.MasterKeyID {
		t.Errorf("the token's master key is %d, of keysets %v", token.MasterKeyID, len(best))
	}
	delete(best, 9999999)
	for _, k := range best {
		if k.ID != token.SiteKeyID {
			t.Errorf("the token's site key is %d, not %d", token.SiteKeyID, k.ID)
		}
	}
}

// TestGrants: tokens of a site can be opened by those whom it has granted access, with every
// answer.
func TestGrants(t *testing.T) {
	s := start(t)
	s.AddSite(7001)
	s.AddSite(7002)
	both := uid2test.IDReader | uid2test.Sharer
	one := s.AddClient(uid2test.Client{Name: "one", Roles: both, Reads: []uint32{7001}})
	none := s.AddClient(uid2test.Client{Name: "none", Roles: both})
	check := func(c *uid2test.Client, readable ...uint32) {
		t.Helper()
		for _, path := range endpoints {
			answer := mustFetch(t, s, c, path)
			for _, site := range []uint32{7000, 7001, 7002, one.SiteID, none.SiteID, 424242} {
				spec := alice
				spec.SiteID = site
				want := codec.NotAuthorizedForKey
				if slices.Contains(readable, site) || site == c.SiteID || site == 424242 { // unknown sites share their keys
					want = codec.Success
				}
				if _, status := open(t, s.Token(spec), answer); status != want {
					t.Errorf("%v, %s, token of site %d: got %v, want %v", c, path, site, status, want)
				}
			}
		}
	}
	check(s.Client(), 7000, 7001, 7002, one.SiteID, none.SiteID)
	check(one, 7001)
	check(none)
	s.Grant(none, 7002, one.SiteID)
	s.Grant(one)
	check(none, 7002, one.SiteID)
	check(one)
	s.Grant(one, uid2test.EverySite)
	check(one, 7000, 7001, 7002, none.SiteID)
	if s.AddSite(7003); len(one.Reads) != 1 || one.Reads[0] != 7001 {
		t.Error("Grant changed the caller's Client")
	}
	stranger := uid2test.Client{APIKey: "of nobody"}
	mustPanic(t, "stranger", func() { s.Grant(&stranger) })
}
