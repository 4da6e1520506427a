package uid2test_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const (
	email = "alice@example.com"
	phone = "+12345678901"
)

// TestTokensSayWhatWasAsked: for all versions, scopes, users and versions of raw UIDs, tokens have
// the requested fields, with the keys as sent over the wire.
func TestTokensSayWhatWasAsked(t *testing.T) {
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		s := start(t, uid2test.WithScope(scope))
		s.AddSite(7001)
		answer := mustFetch(t, s, s.Client(), uid2test.PathBidstream)
		for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
			for _, rawVersion := range []codec.Version{codec.V2, codec.V3, codec.V4} {
				for _, user := range []uid2test.TokenSpec{{Email: email}, {Phone: phone}} {
					spec := user
					spec.Version, spec.RawUIDVersion, spec.SiteID, spec.PrivacyBits = version, rawVersion, 7001, 0x80000003
					spec.EstablishedMs, spec.GeneratedMs, spec.ExpiresMs = 1700000000001, 1700000000002, 1700000000003
					name := fmt.Sprintf("%v token v%d, raw UID v%d, of a phone: %t", scope, version, rawVersion, user.Phone != "")

					got, status := open(t, s.Token(spec), answer)
					want := codec.Token{
						Version: version, Scope: scope, Type: codec.TypeEmail, MasterKeyID: got.MasterKeyID, SiteKeyID: got.SiteKeyID,
						ExpiresMs: 1700000000003, GeneratedMs: 1700000000002, EstablishedMs: 1700000000001, RefreshedMs: 1700000000002,
						SiteID: 7001, PrivacyBits: 0x80000003, UID: s.RawUID(spec),
					}
					if user.Phone != "" {
						want.Type = codec.TypePhone
					}
					if version == codec.V2 {
						want.Scope, want.Type, want.GeneratedMs, want.RefreshedMs = 0, 0, 0, 0
					}
					if status != codec.Success || publicOf(got) != publicOf(&want) {
						t.Errorf("%s: %v, %s, want %s", name, status, publicOf(got), publicOf(&want))
					}
				}
			}
		}
	}
}

// publicOf returns all fields of a token.
func publicOf(t *codec.Token) string {
	return fmt.Sprint(t.Version, t.Scope, t.Type, t.MasterKeyID, t.SiteKeyID, t.ExpiresMs, t.GeneratedMs, t.EstablishedMs,
		t.RefreshedMs, t.SiteID, t.PrivacyBits, t.UID.Reveal())
}

func TestDefaultsOfTokens(t *testing.T) {
	now := time.UnixMilli(fixtures.NowMs)
	s := uid2test.NewUnstartedServer(uid2test.WithNow(func() time.Time { return now }))
	answer := s.KeyAnswer(s.Client(), uid2test.PathBidstream)
	const nowMs, day, lifetime = fixtures.NowMs, 86_400_000, 3 * 86_400_000
	for _, test := range []struct {
		name                            string
		spec                            uid2test.TokenSpec
		established, generated, expires int64
	}{
		{"nothing given", uid2test.TokenSpec{}, nowMs - day, nowMs, nowMs + lifetime},
		{"expired", uid2test.TokenSpec{ExpiresMs: nowMs - 1}, nowMs - 1 - lifetime - day, nowMs - 1 - lifetime, nowMs - 1},
		{"expiring now", uid2test.TokenSpec{ExpiresMs: nowMs}, nowMs - lifetime - day, nowMs - lifetime, nowMs},
		{"expiring later", uid2test.TokenSpec{ExpiresMs: nowMs + 1}, nowMs - day, nowMs, nowMs + 1},
		{"generated", uid2test.TokenSpec{GeneratedMs: nowMs - 5}, nowMs - 5 - day, nowMs - 5, nowMs - 5 + lifetime},
		{"established", uid2test.TokenSpec{EstablishedMs: 7}, 7, nowMs, nowMs + lifetime},
		{"long ago", uid2test.TokenSpec{ExpiresMs: 1}, 0, 0, 1},
	} {
		test.spec.Email = email
		got, status := open(t, s.Token(test.spec), answer)
		if status != codec.Success || got.Version != codec.V4 || got.SiteID != uid2test.PublisherSite || got.PrivacyBits != 0 ||
			got.EstablishedMs != test.established || got.GeneratedMs != test.generated || got.ExpiresMs != test.expires {
			t.Errorf("%s: %v %s", test.name, status, publicOf(got))
		}
	}
}

func TestPrivacyBits(t *testing.T) {
	for bits, want := range map[codec.PrivacyBits][2]bool{
		0: {}, uid2test.ServerSide: {}, uid2test.ClientSide: {true, false}, uid2test.OptedOut: {true, true},
	} {
		if got := [2]bool{bits.ClientSideGenerated(), bits.OptedOut()}; got != want {
			t.Errorf("%d: got %v", bits, got)
		}
	}
}

// TestGoldenRawUIDsInTokens uses raw UIDs made elsewhere.
func TestGoldenRawUIDsInTokens(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	answer := s.KeyAnswer(s.Client(), uid2test.PathBidstream)
	for _, vector := range fixtures.RawUIDVectors() {
		uid, err := codec.ParseRawUID(vector.UID)
		if err != nil {
			t.Fatal(err)
		}
		got, status := open(t, s.Token(uid2test.TokenSpec{UID: uid}), answer)
		if status != codec.Success || got.UID != uid || (vector.Type == "phone") != (got.Type == codec.TypePhone) {
			t.Errorf("%s: %v, type %v", vector.UID, status, got.Type)
		}
	}
}

func TestTokensUnderKeysOfNobody(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	answer := s.KeyAnswer(s.Client(), uid2test.PathBidstream)
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		for _, test := range []struct {
			spec uid2test.TokenSpec
			want codec.Status
		}{
			{uid2test.TokenSpec{UnknownMasterKey: true}, codec.NotAuthorizedForMasterKey},
			{uid2test.TokenSpec{UnknownSiteKey: true}, codec.NotAuthorizedForKey},
			{uid2test.TokenSpec{UnknownMasterKey: true, UnknownSiteKey: true}, codec.NotAuthorizedForMasterKey},
		} {
			test.spec.Email, test.spec.Version = email, version
			if _, status := open(t, s.Token(test.spec), answer); status != test.want {
				t.Errorf("v%d: got %v, want %v", version, status, test.want)
			}
		}
	}
}

func TestImpossibleTokens(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	for name, spec := range map[string]uid2test.TokenSpec{
		"nobody":        {},
		"two users":     {Email: email, Phone: phone},
		"two users too": {Email: email, UID: s.RawUID(uid2test.TokenSpec{Email: email})},
		"email":         {Email: "alice"},
		"phone":         {Phone: "123"},
		"version":       {Email: email, Version: 5},
		"raw UID":       {Email: email, RawUIDVersion: 5},
		"negative time": {Email: email, ExpiresMs: -1, GeneratedMs: 1},
	} {
		mustPanic(t, name, func() { s.Token(spec) })
	}
	s.Token(uid2test.TokenSpec{Email: email}) // no lock was left held
}

// TestRedaction formats the values that tests print most.
func TestRedaction(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	spec := uid2test.TokenSpec{Email: email, Phone: phone}
	for _, value := range []any{s, s.Client(), *s.Client(), spec, &spec, []any{*s.Client(), spec}, struct{ C uid2test.Client }{*s.Client()}} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %q %d %x", value, value, value, value, value, value, value)
		for name, secret := range map[string]string{
			"email": email, "phone": phone, "API key": s.Client().APIKey, "secret": s.Client().ClientSecret,
			"email in hex": fmt.Sprintf("%x", email), "API key in hex": fmt.Sprintf("%x", s.Client().APIKey),
		} {
			if strings.Contains(out, secret) {
				t.Errorf("%T prints its %s", value, name)
			}
		}
	}
	if got := s.Client().String(); got != "[client bidder of site 9001]" {
		t.Errorf("got %s", got)
	}
}
