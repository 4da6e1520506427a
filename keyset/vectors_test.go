package keyset_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestParsedKeysOpenTokens: golden tokens open with keys that went through Parse, so every secret
// found its id.
func TestParsedKeysOpenTokens(t *testing.T) {
	for _, v := range fixtures.TokenVectors() {
		answer := map[string]string{"golden": "golden-uid2", "sdk-tests": "sdk-tests"}[v.Keys]
		s := mustParse(t, string(fixtures.Answer(answer)))
		var token codec.Token
		if status := codec.Parse(&token, v.Text); status != codec.Success {
			t.Fatalf("%s: %v", v.ID, status)
		}
		if status := token.Open(s.Keys()); status != codec.Success || token.SiteID != v.SiteID {
			t.Errorf("%s: %v, site %d", v.ID, status, token.SiteID)
		}
	}
}

func TestMalformedVectors(t *testing.T) {
	all := fixtures.MalformedKeyAnswers()
	if len(all) == 0 {
		t.Fatal("no vectors")
	}
	for _, answer := range all {
		if s, err := keyset.Parse(answer); s != nil || !errors.Is(err, keyset.ErrMalformed) {
			t.Errorf("%s: %v, %v", answer, s, err)
		}
	}
}

func TestNameVectors(t *testing.T) {
	s := mustParse(t, string(fixtures.Answer("sdk-tests")))
	v := fixtures.Names()
	for _, name := range v.Allowed {
		if !s.NameAllowed(v.SiteID, name) || !s.NameAllowed(v.SiteID, strings.ToUpper(name)) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range v.Refused {
		if s.NameAllowed(v.SiteID, name) {
			t.Errorf("%q is allowed", name)
		}
	}
}
