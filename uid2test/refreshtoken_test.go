package uid2test_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestRefreshTokensElsewhere: another server with the same seed and scope can refresh them, as if
// it were this one, restarted. Others don't have the key.
func TestRefreshTokensElsewhere(t *testing.T) {
	first := start(t)
	_, a := ask(t, first, first.Client(), uid2test.PathGenerate, fields{"email": email})
	i := identityOf(t, a)
	for _, opt := range []uid2test.Option{uid2test.WithSeed(2), uid2test.WithScope(codec.ScopeEUID)} {
		if code, a := refresh(t, start(t, opt), "", i); code != 400 || a.Status != "client_error" {
			t.Errorf("elsewhere: %d %q", code, a.Status)
		}
	}
	second := start(t)
	_, a = refresh(t, second, "", i)
	if token, _ := open(t, identityOf(t, a).AdvertisingToken, second.KeyAnswer(second.Client(), uid2test.PathBidstream)); token.UID != first.RawUID(alice) {
		t.Error("another user's token")
	}
}

// TestRefreshTokensHoldTheUser, of any kind, even if the hash isn't valid.
func TestRefreshTokensHoldTheUser(t *testing.T) {
	s := start(t)
	keys := s.KeyAnswer(s.Client(), uid2test.PathBidstream)
	seen := make(map[codec.RawUID]bool)
	for _, name := range []string{"email_hash", "phone_hash"} {
		for _, size := range []int{31, 32, 33} {
			_, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{name: base64.StdEncoding.EncodeToString(make([]byte, size))})
			i := identityOf(t, a)
			token, _ := open(t, i.AdvertisingToken, keys)
			_, a = refresh(t, s, "", i)
			next, _ := open(t, identityOf(t, a).AdvertisingToken, keys)
			if token.UID != next.UID || token.Type != next.Type || token.SiteID != next.SiteID || token.EstablishedMs != next.EstablishedMs {
				t.Errorf("%s of %d bytes: the next token is another user's", name, size)
			}
			seen[token.UID] = true
		}
	}
	if len(seen) != 3 { // version 2 doesn't distinguish emails and phones
		t.Errorf("%d raw UIDs", len(seen))
	}
}

// TestInnerTokensAlone: very old sessions have only the inner token. A damaged or truncated one is
// invalid.
func TestInnerTokensAlone(t *testing.T) {
	s := start(t)
	var i identity
	if err := json.Unmarshal(s.LegacyIdentity(uid2test.TokenSpec{Phone: "+12345678902"}), &i); err != nil || len(i.RefreshToken) != 168 {
		t.Fatal(len(i.RefreshToken), err)
	}
	raw, err := base64.StdEncoding.DecodeString(i.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	authorization := "Bearer " + s.Client().APIKey
	for at := range raw {
		raw[at] ^= 4
		for _, token := range [][]byte{raw, raw[:at]} {
			if code, a := refresh(t, s, authorization, identity{RefreshToken: base64.StdEncoding.EncodeToString(token)}); code != 400 || a.Status != "invalid_token" {
				t.Errorf("damaged or cut at %d: %d %q", at, code, a.Status)
			}
		}
		raw[at] ^= 4
	}
	if _, a := refresh(t, s, "", i); a.Status != "success" {
		t.Errorf("undamaged: %q", a.Status)
	}
	i.RefreshToken = i.RefreshToken[:166] // Java accepts base64 without padding
	if _, a := refresh(t, s, "", i); a.Status != "success" {
		t.Errorf("without padding: %q", a.Status)
	}
	s.RetireRefreshKey()
	if code, a := refresh(t, s, authorization, i); code != 400 || a.Status != "invalid_token" {
		t.Errorf("of a retired key: %d %q", code, a.Status)
	}
}
