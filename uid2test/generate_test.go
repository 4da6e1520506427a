package uid2test_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// hashOf returns the hash under which a normalized email or phone is sent.
func hashOf(dii string) string {
	hash := sha256.Sum256([]byte(dii))
	return base64.StdEncoding.EncodeToString(hash[:])
}

// identity is the body of an answer to a publisher.
type identity struct {
	AdvertisingToken string `json:"advertising_token"`
	RefreshToken     string `json:"refresh_token"`
	IdentityExpires  int64  `json:"identity_expires"`
	RefreshFrom      int64  `json:"refresh_from"`
	RefreshExpires   int64  `json:"refresh_expires"`
	ResponseKey      []byte `json:"refresh_response_key"`
}

func identityOf(t testing.TB, a answered) (i identity) {
	t.Helper()
	if a.Status != "success" {
		t.Fatalf("status %q, %s", a.Status, a.Message)
	}
	if err := json.Unmarshal(a.Body, &i); err != nil {
		t.Fatal(err)
	}
	return i
}

// refresh posts a refresh token and opens the answer.
func refresh(t testing.TB, s *uid2test.Server, authorization string, i identity) (int, answered) {
	t.Helper()
	got, err := send(s.URL+uid2test.PathRefresh, authorization, "text/plain", []byte(i.RefreshToken))
	if err != nil {
		t.Fatal(err)
	}
	text := got.body
	if got.status == 200 && i.ResponseKey != nil {
		sealed, err := envelope.DecodeBase64(got.body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err = envelope.OpenSealed(i.ResponseKey, sealed); err != nil {
			t.Fatal(err)
		}
	}
	var a answered
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got.status, a
}

// TestGenerateAndRefresh follows a user through two refreshes: each time, the token is the user's
// and for the caller's site, and the time of establishment stays the same.
func TestGenerateAndRefresh(t *testing.T) {
	at := newClock()
	s := start(t, uid2test.WithNow(at.now))
	publisher := s.AddClient(uid2test.Client{Roles: uid2test.Generator, SiteID: uid2test.PublisherSite})
	_, a := ask(t, s, publisher, uid2test.PathGenerate, fields{"email": "Alice@Example.com "})
	i, first := identityOf(t, a), at.at.UnixMilli()
	for n := range 3 {
		nowMs := at.at.UnixMilli()
		token, status := open(t, i.AdvertisingToken, s.KeyAnswer(s.Client(), uid2test.PathBidstream))
		if status != codec.Success || token.Version != codec.V4 || token.SiteID != uid2test.PublisherSite || token.PrivacyBits != uid2test.ServerSide ||
			token.UID != s.RawUID(uid2test.TokenSpec{Email: email}) || token.Type != codec.TypeEmail {
			t.Fatalf("refresh %d: %v, %+v", n, status, token)
		}
		if token.EstablishedMs != first || token.GeneratedMs != nowMs || token.ExpiresMs != i.IdentityExpires {
			t.Errorf("refresh %d: established %d, generated %d", n, token.EstablishedMs, token.GeneratedMs)
		}
		const hour = 3600 * 1000
		if i.IdentityExpires != nowMs+72*hour || i.RefreshFrom != nowMs+hour || i.RefreshExpires != nowMs+720*hour ||
			len(i.RefreshToken) != 388 || len(i.ResponseKey) != 32 {
			t.Errorf("refresh %d: %d %d %d, %d characters", n, i.IdentityExpires-nowMs, i.RefreshFrom-nowMs, i.RefreshExpires-nowMs, len(i.RefreshToken))
		}
		at.at = at.at.Add(time.Hour)
		status2, a := refresh(t, s, "", i)
		if status2 != 200 {
			t.Fatal(status2)
		}
		next := identityOf(t, a)
		if next.RefreshToken == i.RefreshToken || string(next.ResponseKey) == string(i.ResponseKey) {
			t.Error("the next identity has the same secrets")
		}
		i = next
	}
}

// TestFourWaysToNameAUser: all of them lead to the same raw UID.
func TestFourWaysToNameAUser(t *testing.T) {
	s := start(t)
	emailHash := hashOf(email)
	raw, err := base64.StdEncoding.DecodeString(emailHash)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		request fields
		spec    uid2test.TokenSpec
	}{
		{fields{"email": "ALICE@example.com"}, uid2test.TokenSpec{Email: email}},
		{fields{"email_hash": emailHash}, uid2test.TokenSpec{Email: email}},
		{fields{"email_hash": strings.ToUpper(hex.EncodeToString(raw))}, uid2test.TokenSpec{Email: email}},
		{fields{"phone": "+12345678902"}, uid2test.TokenSpec{Phone: "+12345678902"}},
		{fields{"phone_hash": hashOf("+12345678902")}, uid2test.TokenSpec{Phone: "+12345678902"}},
	} {
		_, a := ask(t, s, s.Client(), uid2test.PathGenerate, c.request)
		token, _ := open(t, identityOf(t, a).AdvertisingToken, s.KeyAnswer(s.Client(), uid2test.PathBidstream))
		want := codec.TypeEmail
		if c.spec.Phone != "" {
			want = codec.TypePhone
		}
		if token.UID != s.RawUID(c.spec) || token.Type != want {
			t.Errorf("%v: another user, of type %v", c.request, token.Type)
		}
	}
}

func TestGenerateRefusals(t *testing.T) {
	s := start(t)
	for _, request := range []any{fields{}, fields{"email": nil}, fields{"email": "a@b", "phone": "+12345678901"}, fields{"email": "nobody"},
		fields{"email": ""}, fields{"phone": "12345678901"}, fields{"email_hash": "short"}, fields{"phone_hash": email}, fields{"email": 7}} {
		if code, a := ask(t, s, s.Client(), uid2test.PathGenerate, request); code != 400 || a.Status != "client_error" || a.Message == "" {
			t.Errorf("%v: %d %s", request, code, a.Status)
		}
	}
	bidder := s.AddClient(uid2test.Client{Roles: uid2test.IDReader | uid2test.Sharer | uid2test.Mapper})
	for _, path := range []string{uid2test.PathGenerate, uid2test.PathValidate} {
		if code, _ := ask(t, s, bidder, path, fields{"email": email}); code != 401 {
			t.Errorf("%s without the role: %d", path, code)
		}
	}
}

// TestTestIdentities: the documented behavior of operators' test identities, by text and by hash.
func TestTestIdentities(t *testing.T) {
	s := start(t)
	for _, c := range []struct{ email, phone, generated, refreshed string }{
		{"validate@example.com", "+12345678901", "success", "success"},
		{"optout@example.com", "+00000000000", "optout", ""},
		{"refresh-optout@example.com", "+00000000002", "success", "optout"},
	} {
		for _, request := range []fields{{"email": c.email}, {"email_hash": hashOf(c.email)}, {"phone": c.phone}, {"phone_hash": hashOf(c.phone)}} {
			_, a := ask(t, s, s.Client(), uid2test.PathGenerate, request)
			if a.Status != c.generated || (a.Body == nil) != (c.generated != "success") {
				t.Errorf("%v: %q", request, a.Status)
				continue
			}
			if c.refreshed == "" {
				continue
			}
			if _, next := refresh(t, s, "", identityOf(t, a)); next.Status != c.refreshed {
				t.Errorf("%v refreshed: %q", request, next.Status)
			}
		}
	}
}

// From the opt-out on, a user gets no token and no refresh, whichever raw UID the opt-out named.
func TestOptingOut(t *testing.T) {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		s := start(t)
		_, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": email})
		i := identityOf(t, a)
		s.OptOut(s.RawUID(uid2test.TokenSpec{Email: email, RawUIDVersion: version}), time.Now())
		if _, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": email}); a.Status != "optout" {
			t.Errorf("version %d: generate says %q", version, a.Status)
		}
		if _, a := refresh(t, s, "", i); a.Status != "optout" {
			t.Errorf("version %d: refresh says %q", version, a.Status)
		}
		if _, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": "bob@example.com"}); a.Status != "success" {
			t.Errorf("version %d: bob is opted out, too", version)
		}
	}
}

func TestRefreshRefusals(t *testing.T) {
	at := newClock()
	s := start(t, uid2test.WithNow(at.now), uid2test.WithLifetimes(uid2test.Lifetimes{Identity: time.Hour, RefreshFrom: time.Minute, Refresh: 2 * time.Hour}))
	_, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": email})
	i := identityOf(t, a)
	known := "Bearer " + s.Client().APIKey
	wrong, longer := i, i
	wrong.RefreshToken = strings.Repeat("A", 388)
	longer.RefreshToken += "\n"
	for note, c := range map[string]struct {
		authorization string
		identity      identity
		status        string
	}{
		"an unknown token":            {known, wrong, "client_error"},
		"an unknown token, anonymous": {"", wrong, "client_error"},
		"a longer one, wrong API key": {"Bearer nobody", longer, "error"},
		"a line break too many":       {known, longer, "invalid_token"},
		"no token":                    {known, identity{}, "invalid_token"},
	} {
		if code, a := refresh(t, s, c.authorization, c.identity); code != 400 || a.Status != c.status {
			t.Errorf("%s: %d %q", note, code, a.Status)
		}
	}
	at.at = at.at.Add(2 * time.Hour)
	if code, a := refresh(t, s, known, i); code != 200 || a.Status != "success" {
		t.Errorf("at the last moment: %d %q", code, a.Status)
	}
	at.at = at.at.Add(time.Millisecond)
	for authorization, want := range map[string]string{known: "expired_token", "": "error"} {
		if code, a := refresh(t, s, authorization, i); code != 400 || a.Status != want {
			t.Errorf("expired: %d %q, want %q", code, a.Status, want)
		}
	}
}

// Very old sessions have no response key: the first answer isn't encrypted, and the identity in it
// has a key.
func TestLegacyIdentity(t *testing.T) {
	s := start(t)
	text := s.LegacyIdentity(uid2test.TokenSpec{Phone: "+12345678902"})
	var i identity
	if err := json.Unmarshal(text, &i); err != nil || strings.Contains(string(text), "refresh_response_key") {
		t.Fatal(err)
	}
	_, a := refresh(t, s, "", i)
	if next := identityOf(t, a); len(next.ResponseKey) != 32 {
		t.Error("the next identity has no key either")
	}
	mustPanic(t, "a raw UID", func() { s.LegacyIdentity(uid2test.TokenSpec{UID: s.RawUID(uid2test.TokenSpec{Email: email})}) })
}

func TestValidate(t *testing.T) {
	s := start(t)
	publisher := s.AddClient(uid2test.Client{Roles: uid2test.Generator, SiteID: uid2test.PublisherSite})
	other := s.AddClient(uid2test.Client{Roles: uid2test.Generator, SiteID: 8000})
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		token := s.Token(uid2test.TokenSpec{Email: email, Version: version, RawUIDVersion: version})
		for email, want := range map[string]string{email: "true", "bob@example.com": "false"} {
			if code, a := ask(t, s, publisher, uid2test.PathValidate, fields{"email": email, "token": token}); code != 200 || string(a.Body) != want {
				t.Errorf("version %d, %s: %d %s", version, email, code, a.Body)
			}
		}
		if code, _ := ask(t, s, other, uid2test.PathValidate, fields{"email": email, "token": token}); code != 400 {
			t.Errorf("a token of another site: %d", code)
		}
	}
	for _, request := range []fields{{"email": email}, {"email": email, "token": "nonsense"}, {"token": "nonsense"}} {
		if code, a := ask(t, s, publisher, uid2test.PathValidate, request); code != 400 || a.Status != "client_error" {
			t.Errorf("%v: %d %q", request, code, a.Status)
		}
	}
}

// TestConsent: EUID operators check the consent string, UID2 operators don't.
func TestConsent(t *testing.T) {
	const some = "CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA" // consent for 1, 3 and 4, interest for 2, 7 and 10
	euid, uid2 := start(t, uid2test.WithScope(codec.ScopeEUID)), start(t)
	for tcf, want := range map[string]string{
		consentFor(consented{21, []int{1, 2, 3, 4, 7, 10}}, consented{}): "success",
		consentFor(consented{21, []int{1, 2, 3, 4, 7}}, consented{}):     "insufficient_user_consent",
		consentFor(consented{22, []int{1, 2, 3, 4, 7, 10}}, consented{}): "insufficient_user_consent",
		some: "success",
		"CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA": "success",
		some + "==":    "success",
		some + ".YAAA": "success",
		"":             "client_error",
		"nonsense!":    "client_error",
		some[:30]:      "client_error",
		some[:39]:      "client_error", // ends within the vendors with legitimate interest
		"D" + some[1:]: "client_error", // version 3
	} {
		request := fields{"email": email, "tcf_consent_string": tcf}
		code, a := ask(t, euid, euid.Client(), uid2test.PathGenerate, request)
		if a.Status != want || (code == 400) != (want == "client_error") || code == 400 && a.Message != "User consent is invalid" {
			t.Errorf("%q: %d %q %q, want %q", tcf, code, a.Status, a.Message, want)
		}
		if _, a := ask(t, uid2, uid2.Client(), uid2test.PathGenerate, request); a.Status != "success" {
			t.Errorf("UID2, %q: %q", tcf, a.Status)
		}
	}
	if _, a := ask(t, euid, euid.Client(), uid2test.PathGenerate, fields{"email": email}); a.Status != "success" {
		t.Errorf("without a consent string: %q", a.Status)
	}
}

// Each purpose is allowed by consent, by legitimate interest, by both or by neither.
func TestConsentOrInterest(t *testing.T) {
	needed := []int{1, 2, 3, 4, 7, 10}
	for _, purpose := range needed {
		others := slices.DeleteFunc(slices.Clone(needed), func(p int) bool { return p == purpose })
		for _, vendors := range [][2]int{{21, 21}, {20, 20}, {21, 20}, {20, 21}, {21, 22}, {22, 21}} { // even ones as a range with the next vendor
			byConsent, byInterest := vendors[0] != 22, vendors[1] != 22
			for given, want := range map[[2]bool]bool{
				{true, false}: byConsent, {false, true}: byConsent && byInterest && purpose != 1, {true, true}: byConsent, {false, false}: false,
			} {
				consent, interest := consented{vendors[0], others}, consented{vendors[1], []int{5, 6}}
				if given[0] {
					consent.purposes = needed
				}
				if given[1] {
					interest.purposes = append(interest.purposes, purpose)
				}
				if got, readable := uid2test.ReadTCF(consentFor(consent, interest)); got != want || !readable {
					t.Errorf("purpose %d, vendors %v, by consent and interest %v: %v, %v", purpose, vendors, given, got, readable)
				}
			}
		}
	}
	if got, readable := uid2test.ReadTCF(consentFor(consented{21, []int{1}}, consented{21, needed})); !got || !readable {
		t.Errorf("all but purpose 1 by interest: %v, %v", got, readable)
	}
}

// consented is a vendor with its purposes.
type consented struct {
	vendor   int
	purposes []int
}

// consentFor builds, bit by bit, a TCF string for a vendor and purposes by consent and by
// legitimate interest; an even vendor as a range with the next one, and all others as a bit field.
func consentFor(consent, interest consented) string {
	bits := make([]byte, 400)
	put := func(at, width, n int) int {
		for i := range width {
			bits[at+i] = byte(n>>(width-1-i)) & 1
		}
		return at + width
	}
	put(0, 6, 2)
	for _, p := range consent.purposes {
		bits[152+p-1] = 1
	}
	for _, p := range interest.purposes {
		bits[176+p-1] = 1
	}
	at := 213
	for _, vendor := range []int{consent.vendor, interest.vendor} {
		at = put(at, 16, vendor)
		if vendor == 0 || vendor%2 == 1 {
			at = put(at, 1, 0)
			if vendor > 0 {
				bits[at+vendor-1] = 1
			}
			at += vendor
			continue
		}
		at = put(at, 13, 1<<12|1)
		at = put(at, 1, 1)
		at = put(at, 16, vendor)
		at = put(at, 16, vendor+1)
	}
	raw := make([]byte, len(bits)/8)
	for i, bit := range bits {
		raw[i/8] |= bit << (7 - i%8)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func FuzzTCF(f *testing.F) {
	f.Add("CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA")
	for _, vendor := range []int{20, 21} {
		f.Add(consentFor(consented{vendor, []int{1, 2, 3, 4, 7, 10}}, consented{}))
		f.Add(consentFor(consented{vendor, []int{1, 3, 4}}, consented{vendor, []int{2, 7, 10}}))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if consent, readable := uid2test.ReadTCF(text); consent && readable && len(text) < 38 {
			t.Errorf("%q consents, in too few characters", text)
		}
	})
}

// TestFaultsAtRefresh: faults also apply to the endpoint without an envelope.
func TestFaultsAtRefresh(t *testing.T) {
	s := start(t)
	_, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": email})
	i := identityOf(t, a)
	s.Fail(uid2test.Fault{Path: uid2test.PathRefresh, Times: 1, Body: []byte(`{"status":"made up"}`)})
	if _, a := refresh(t, s, "", i); a.Status != "made up" {
		t.Errorf("status %q", a.Status)
	}
	s.Fail(uid2test.Fault{Path: uid2test.PathRefresh, Times: 1, WrongSecret: true})
	got, err := send(s.URL+uid2test.PathRefresh, "", "text/plain", []byte(i.RefreshToken))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := envelope.DecodeBase64(got.body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := envelope.OpenSealed(i.ResponseKey, sealed); err == nil {
		t.Error("opens under the right key")
	}
	if _, a := refresh(t, s, "", i); a.Status != "success" {
		t.Errorf("healed: %q", a.Status)
	}
}
