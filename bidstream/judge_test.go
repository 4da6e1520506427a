package bidstream_test

import (
	"math"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestOrderOfChecks has a case for every check: a token and a query that fail it together with
// every later check that can fail at the same time.
func TestOrderOfChecks(t *testing.T) {
	wrong := make([]byte, codec.KeySize)
	gone := bidstream.WithOptOuts(optOuts{State: bidstream.OptedOut, SinceMs: 5})
	keys := func(changes ...func(map[string]any)) bidstream.Option {
		return bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2, changes...)))
	}
	limited, unlimited := set("max_bidstream_lifetime_seconds", 60), set("max_bidstream_lifetime_seconds", nil)
	// bad fails checks 12 to 15, and 7 as well.
	bad := usable(t)
	bad.Scope, bad.PrivacyBits, bad.GeneratedMs, bad.ExpiresMs = codec.ScopeEUID, 2|4, 1, now-1
	here := bad // fails 12 to 15
	here.Scope = codec.ScopeUID2
	current := here // fails 13 to 15
	current.ExpiresMs = now + 3600*second
	named := current // fails 14 and 15
	named.PrivacyBits = 2
	long := named // fails 15
	long.PrivacyBits = 0

	strange := newKey(t, 1, wrong)
	notMaster, notSite := newKey(t, 5001, wrong), newKey(t, 5002, wrong)
	for _, c := range []struct {
		check int
		want  codec.Status
		token string
		with  bidstream.Option
	}{
		{1, codec.NotInitialized, "", bidstream.WithKeys(codec.ScopeUID2, keyset.Static(nil))},
		{2, codec.KeysNotSynced, "", keys(limited, keysExpire(now/1000))},
		{3, codec.InvalidPayload, "A8!", keys(limited)},
		{4, codec.InvalidPayload, "A8!!", keys(limited)},
		{5, codec.VersionNotSupported, "A8AA!", keys(limited)},
		{5, codec.VersionNotSupported, "A8AA" + strings.Repeat("A", 600), keys(limited)},
		{6, codec.InvalidPayload, sealedUnder(t, codec.V4, bad, strange, strange)[:100], keys(limited)},
		{7, codec.InvalidIdentityScope, sealedUnder(t, codec.V4, bad, strange, strange), keys(limited)},
		{8, codec.NotAuthorizedForMasterKey, sealedUnder(t, codec.V4, here, strange, strange), keys(limited)},
		{9, codec.InvalidPayload, sealedUnder(t, codec.V4, here, notMaster, strange), keys(limited)},
		{10, codec.NotAuthorizedForKey, sealedUnder(t, codec.V4, here, key(t, 5001), strange), keys(limited)},
		{11, codec.InvalidPayload, sealedUnder(t, codec.V4, here, key(t, 5001), notSite), keys(limited)},
		{12, codec.ExpiredToken, sealed(t, codec.V4, here), keys(limited)},
		{13, codec.UserOptedOut, sealed(t, codec.V4, current), keys(limited)},
		{14, codec.DomainOrAppNameCheckFailed, sealed(t, codec.V4, named), keys(limited)},
		{15, codec.InvalidTokenLifetime, sealed(t, codec.V4, long), keys(limited)},
		{16, codec.UserOptedOut, sealed(t, codec.V4, long), keys(unlimited)},
	} {
		got := decrypt(t, newDecrypter(t, c.with, gone), c.token, bidstream.Query{Name: "elsewhere.example", NowMs: now})
		if got.Status != c.want {
			t.Errorf("check %d: %v, want %v", c.check, got.Status, c.want)
		}
		if since := got.OptOut.SinceMs; (since != 0) != (c.check == 16) {
			t.Errorf("check %d: opted out since %d", c.check, since)
		}
	}
}

func TestKeysNotSynced(t *testing.T) {
	for _, c := range []struct {
		expires int64 // s
		now     int64 // ms
		want    codec.Status
	}{
		{1768478400, 1768478400000, codec.KeysNotSynced},
		{1768478400, 1768478399999, codec.Success},
		{1768478400, 1768478400001, codec.KeysNotSynced},
	} {
		d := decrypter(t, codec.ScopeUID2, keysExpire(c.expires))
		if got := decrypt(t, d, fixtures.Token("G3").Text, bidstream.Query{NowMs: c.now}); got.Status != c.want {
			t.Errorf("keys until %d s at %d ms: %v, want %v", c.expires, c.now, got.Status, c.want)
		}
	}
}

// TestKeysWithoutKeys: an answer without keys counts as loaded, but is never synced.
func TestKeysWithoutKeys(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2, set("keys", []any{}))
	if got := decrypt(t, d, fixtures.Token("G3").Text, bidstream.Query{NowMs: now}); got.Status != codec.KeysNotSynced {
		t.Error(got.Status)
	}
}

// TestExpiredKeysStillOpen: an expired key still opens tokens, as long as any other key is current.
func TestExpiredKeysStillOpen(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2, func(body map[string]any) {
		site := body["keys"].([]any)[1].(map[string]any)
		site["expires"] = now/1000 - 1
	})
	if got := decrypt(t, d, fixtures.Token("G3").Text, bidstream.Query{NowMs: now}); got.Status != codec.Success {
		t.Error(got.Status)
	}
}

func TestExpiry(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2)
	for at, want := range map[int64]codec.Status{1771070399999: codec.Success, 1771070400000: codec.Success, 1771070400001: codec.ExpiredToken} {
		if got := decrypt(t, d, fixtures.Token("S1").Text, bidstream.Query{NowMs: at}); got.Status != want {
			t.Errorf("at %d: %v, want %v", at, got.Status, want)
		}
	}
}

func TestClockSkew(t *testing.T) {
	const standard = 1800 * second
	for _, c := range []struct {
		allowed any
		early   int64 // by how many ms the clock is behind the token's
		want    codec.Status
	}{
		{1800, standard, codec.Success},
		{1800, standard + 1, codec.InvalidTokenLifetime},
		{1800, standard + second, codec.InvalidTokenLifetime},
		{nil, standard, codec.Success},
		{nil, standard + 1, codec.InvalidTokenLifetime},
		{0, 0, codec.Success},
		{0, 1, codec.InvalidTokenLifetime},
		{1, second, codec.Success},
		{int64(math.MaxInt64), generated, codec.Success},
		{1800, generated, codec.InvalidTokenLifetime}, // at the epoch
	} {
		d := decrypter(t, codec.ScopeUID2, set("allow_clock_skew_seconds", c.allowed))
		for _, id := range []string{"G2", "G3"} {
			if got := decrypt(t, d, fixtures.Token(id).Text, bidstream.Query{NowMs: generated - c.early}); got.Status != c.want {
				t.Errorf("%s, %d ms early of %v s: %v, want %v", id, c.early, c.allowed, got.Status, c.want)
			}
		}
		if got := decrypt(t, d, fixtures.Token("G1").Text, bidstream.Query{NowMs: generated - c.early}); c.early < standard*2 && got.Status != codec.Success {
			t.Errorf("version 2 doesn't say when it was generated: %v", got.Status)
		}
	}
}

func TestLifetime(t *testing.T) {
	const limit = 259200
	for _, c := range []struct {
		limit              any // s
		generated, expires int64
		v2, v4             codec.Status // version 2 is judged by its remaining lifetime
	}{
		{limit, now, now + limit*second, codec.Success, codec.Success},
		{limit, now, now + limit*second + 1, codec.InvalidTokenLifetime, codec.InvalidTokenLifetime},
		{limit, now - 1, now + limit*second, codec.Success, codec.InvalidTokenLifetime},
		{limit, now + 1, now + limit*second + 1, codec.InvalidTokenLifetime, codec.Success},
		{limit, 0, now + 1, codec.Success, codec.InvalidTokenLifetime},
		{limit, 0, math.MaxInt64, codec.InvalidTokenLifetime, codec.InvalidTokenLifetime},
		{limit, now + 500, now + 400, codec.Success, codec.Success}, // a negative lifetime
		{limit, math.MaxInt64, now, codec.Success, codec.InvalidTokenLifetime},
		{0, now, now, codec.Success, codec.Success},
		{0, now, now + 1, codec.InvalidTokenLifetime, codec.InvalidTokenLifetime},
		{nil, 0, math.MaxInt64, codec.Success, codec.Success},
		{int64(math.MaxInt64), 0, math.MaxInt64, codec.Success, codec.Success},
	} {
		d := decrypter(t, codec.ScopeUID2, set("max_bidstream_lifetime_seconds", c.limit))
		f := usable(t)
		f.GeneratedMs, f.ExpiresMs = c.generated, c.expires
		for version, want := range map[codec.Version]codec.Status{codec.V2: c.v2, codec.V3: c.v4, codec.V4: c.v4} {
			if got := decrypt(t, d, sealed(t, version, f), bidstream.Query{NowMs: now}); got.Status != want {
				t.Errorf("version %d, limit %v, %d to %d: %v, want %v", version, c.limit, c.generated, c.expires, got.Status, want)
			}
		}
	}
}

// TestClocksBeyondReason: no clock, however wrong, may cause an overflow that ends in Success.
func TestClocksBeyondReason(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2, set("max_bidstream_lifetime_seconds", 259200))
	f := usable(t)
	f.ExpiresMs = math.MaxInt64
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		token := sealed(t, version, f)
		for _, at := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0} {
			if got := decrypt(t, d, token, bidstream.Query{NowMs: at}); got.Status != codec.InvalidTokenLifetime {
				t.Errorf("version %d at %d: %v", version, at, got.Status)
			}
		}
		if got := decrypt(t, d, token, bidstream.Query{NowMs: math.MaxInt64}); got.Status != codec.KeysNotSynced {
			t.Errorf("version %d at the end of time: %v", version, got.Status)
		}
	}
}
