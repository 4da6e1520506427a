package legacy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing/legacy"
)

const now = fixtures.NowMs

// answer returns a legacy key answer with the golden keys, and one that isn't active yet.
const answer = `{"status":"success","body":[
	{"id":5001,"site_id":-1,"created":1,"activates":1,"expires":2145830400,"secret":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
	{"id":5002,"site_id":7000,"created":1,"activates":1,"expires":2145830400,"secret":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="},
	{"id":5003,"site_id":7000,"created":1,"activates":2000000000,"expires":2145830400,"secret":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="}]}`

// newClient is legacy.New for arguments that are possible.
func newClient(t testing.TB, scope codec.Scope, source bidstream.KeySource) *legacy.Client {
	t.Helper()
	made, err := legacy.New(scope, source)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func source(t *testing.T, text string) bidstream.KeySource {
	t.Helper()
	keys, err := keyset.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return keyset.Static(keys)
}

func plain() legacy.Plain {
	v := fixtures.EncryptedData()
	return legacy.Plain{Bytes: []byte(v.Data), NowMs: v.EncryptedMs, IV: v.Vectors[0].IV[:12]}
}

// TestGoldenData makes the golden data in each of the three ways, and decrypts all of it.
func TestGoldenData(t *testing.T) {
	v := fixtures.EncryptedData()
	for _, d := range v.Vectors {
		scope := codec.ScopeUID2
		token := fixtures.Token("G3").Text
		if d.Scope == "EUID" {
			scope, token = codec.ScopeEUID, fixtures.Token("G5").Text
		}
		c := newClient(t, scope, source(t, answer))
		got, status := c.DecryptData(d.Text, now)
		if status != codec.Success || string(got.Bytes) != v.Data || got.SiteID != v.SiteID || got.EncryptedMs != v.EncryptedMs {
			t.Errorf("version %d: %v", d.Version, status)
		}
		if d.Version != 3 {
			continue
		}
		p := legacy.Plain{Bytes: []byte(v.Data), NowMs: v.EncryptedMs, IV: d.IV}
		for way, f := range map[string]func() ([]byte, codec.Status){
			"a site":  func() ([]byte, codec.Status) { return c.EncryptForSite(nil, p, v.SiteID) },
			"a key":   func() ([]byte, codec.Status) { return c.EncryptWithKey(nil, p, v.KeyID) },
			"a token": func() ([]byte, codec.Status) { return c.EncryptForToken(nil, p, token) },
		} {
			if text, status := f(); status != codec.Success || string(text) != d.Text {
				t.Errorf("for %s: %s, %v; want %s", way, text, status, d.Text)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	none := newClient(t, codec.ScopeUID2, keyset.Static(nil))
	old := newClient(t, codec.ScopeUID2, source(t, strings.ReplaceAll(answer, "2145830400", "1768478400")))
	short, late := plain(), plain()
	short.IV = []byte("short")
	late.NowMs = 2145830400_000
	for note, f := range map[codec.Status][]func() ([]byte, codec.Status){
		codec.NotAuthorizedForKey: {
			func() ([]byte, codec.Status) { return c.EncryptForSite(nil, plain(), 7001) },
			func() ([]byte, codec.Status) { return c.EncryptWithKey(nil, plain(), 1) },
		},
		codec.KeyInactive:         {func() ([]byte, codec.Status) { return c.EncryptWithKey(nil, plain(), 5003) }},
		codec.TokenDecryptFailure: {func() ([]byte, codec.Status) { return c.EncryptForToken(nil, plain(), "nonsense") }},
		codec.EncryptionFailure:   {func() ([]byte, codec.Status) { return c.EncryptForSite(nil, short, 7000) }},
		codec.NotInitialized: {
			func() ([]byte, codec.Status) { return none.EncryptForSite(nil, plain(), 7000) },
			func() ([]byte, codec.Status) { return none.EncryptForToken(nil, plain(), fixtures.Token("G3").Text) },
			func() ([]byte, codec.Status) { return none.EncryptWithKey(nil, plain(), 5002) },
		},
		codec.KeysNotSynced: {
			func() ([]byte, codec.Status) { return old.EncryptForSite(nil, plain(), 7000) },
			func() ([]byte, codec.Status) { return c.EncryptForSite(nil, late, 7000) },
		},
	} {
		for i, f := range f {
			if text, status := f(); status != note || text != nil {
				t.Errorf("%v, %d: %v", note, i, status)
			}
		}
	}
	if _, status := none.DecryptData(fixtures.EncryptedData().Vectors[0].Text, now); status != codec.NotInitialized {
		t.Error(status)
	}
	if _, status := old.DecryptData(fixtures.EncryptedData().Vectors[0].Text, now); status != codec.KeysNotSynced {
		t.Error(status)
	}
}

// TestWhatStandsBeforeStays: text is appended, and dst is unchanged if encryption fails.
func TestWhatStandsBeforeStays(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	token := fixtures.Token("G3").Text
	for way, encrypt := range map[string]func(p legacy.Plain) ([]byte, codec.Status){
		"a site":  func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptForSite([]byte("before"), p, 7000) },
		"a key":   func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptWithKey([]byte("before"), p, 5002) },
		"a token": func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptForToken([]byte("before"), p, token) },
	} {
		for size := range 30 {
			p := plain()
			if p.IV = make([]byte, size); size == 0 {
				p.IV = nil
			}
			text, status := encrypt(p)
			want := codec.EncryptionFailure
			if size == 0 || size == codec.DataIVSize {
				want = codec.Success
			}
			if rest, ok := strings.CutPrefix(string(text), "before"); !ok || status != want || (rest != "") != (want == codec.Success) {
				t.Errorf("for %s, an IV of %d bytes: %v, %d characters", way, size, status, len(text))
			}
		}
		late := plain()
		late.NowMs = 2145830400_000
		if text, status := encrypt(late); string(text) != "before" || status != codec.KeysNotSynced {
			t.Errorf("for %s, too late: %q, %v", way, text, status)
		}
	}
	for way, encrypt := range map[string]func(p legacy.Plain) ([]byte, codec.Status){
		"a site":      func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptForSite([]byte("before"), p, 1) },
		"a key":       func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptWithKey([]byte("before"), p, 1) },
		"another key": func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptWithKey([]byte("before"), p, 5003) },
		"a token":     func(p legacy.Plain) ([]byte, codec.Status) { return c.EncryptForToken([]byte("before"), p, "x") },
	} {
		if text, status := encrypt(plain()); string(text) != "before" || status == codec.Success {
			t.Errorf("for %s: %q, %v", way, text, status)
		}
	}
}

// TestFreshIVs: callers that don't choose an IV get a new one each time.
func TestFreshIVs(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	p := plain()
	p.IV = nil
	first, _ := c.EncryptForSite(nil, p, 7000)
	if second, status := c.EncryptForSite(nil, p, 7000); string(first) == string(second) || status != codec.Success {
		t.Errorf("the same text twice, %v", status)
	}
}

// TestTheSiteOfAKey: the data names the site of the token or key, and 0 for keys without a site.
func TestTheSiteOfAKey(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	for id, site := range map[uint32]uint32{5001: 0, 5002: 7000} {
		text, _ := c.EncryptWithKey(nil, plain(), id)
		if data, status := c.DecryptData(string(text), now); status != codec.Success || data.SiteID != site {
			t.Errorf("key %d: site %d, %v", id, data.SiteID, status)
		}
	}
}

// TestTokensMadeOnAClient can be used to find a site, whatever names that site has.
func TestTokensMadeOnAClient(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	text, status := c.EncryptForToken(nil, plain(), fixtures.Token("G6").Text)
	if data, opened := c.DecryptData(string(text), now); status != codec.Success || opened != codec.Success || data.SiteID != 7000 {
		t.Errorf("%v, %v: site %d", status, opened, data.SiteID)
	}
}

// TestTokensWhenKeysHaveExpired: only the given time counts.
func TestTokensWhenKeysHaveExpired(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, answer))
	var v bidstream.Verdict
	if c.Decrypt(&v, fixtures.Token("G3").Text, "", 2145830400_000); v.Status != codec.KeysNotSynced {
		t.Error(v.Status)
	}
}

func TestKeysThatArentThere(t *testing.T) {
	text := fixtures.EncryptedData().Vectors[0].Text
	if _, status := newClient(t, codec.ScopeUID2, keyset.Static(new(keyset.Snapshot))).DecryptData(text, now); status != codec.NotInitialized {
		t.Errorf("an empty snapshot: %v", status)
	}
	for name, try := range map[string]struct {
		scope  codec.Scope
		source bidstream.KeySource
	}{
		"no scope":      {0, source(t, answer)},
		"unknown scope": {3, source(t, answer)},
		"no source":     {codec.ScopeUID2, nil},
	} {
		if c, err := legacy.New(try.scope, try.source); c != nil || !errors.Is(err, bidstream.ErrOption) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

// TestDecrypt: there is no lifetime limit, and tokens generated on the client side are checked
// against a name only if there is one.
func TestDecrypt(t *testing.T) {
	c := newClient(t, codec.ScopeUID2, source(t, string(fixtures.Answer("golden-uid2"))))
	for _, test := range []struct {
		token, name string
		want        codec.Status
	}{
		{"G1", "", codec.Success}, {"G3", "foo.com", codec.Success}, {"G6", "", codec.Success},
		{"G6", "example.com", codec.Success}, {"G6", "foo.com", codec.DomainOrAppNameCheckFailed}, {"G5", "", codec.InvalidIdentityScope},
	} {
		var v bidstream.Verdict
		if c.Decrypt(&v, fixtures.Token(test.token).Text, test.name, now); v.Status != test.want {
			t.Errorf("%s at %q: %v, want %v", test.token, test.name, v.Status, test.want)
		}
	}
}
