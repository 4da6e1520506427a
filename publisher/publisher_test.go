package publisher_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/publisher"
)

// generated returns the JSON of a real operator's answer to a request for a token.
func generated(t testing.TB) []byte {
	t.Helper()
	v, e := fixtures.Publisher().Generate, fixtures.Envelopes()
	answer, _, err := envelope.OpenResponse(e.Secret, v.Body, [envelope.NonceSize]byte(e.Nonce))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// first returns the identity in it.
func first(t testing.TB) publisher.Identity {
	t.Helper()
	a, err := publisher.ParseGenerated(generated(t))
	if err != nil || a.Outcome != publisher.Success {
		t.Fatal(a.Outcome, err)
	}
	return a.Identity
}

func user(t testing.TB) dii.Identity {
	t.Helper()
	id, err := dii.Email("user@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestGoldenAnswers parses a real operator's answers to a publisher, and to the refresh after it.
func TestGoldenAnswers(t *testing.T) {
	v := fixtures.Publisher()
	check := func(got publisher.Identity, want fixtures.IdentityVector) {
		t.Helper()
		if got.IdentityExpires() != time.UnixMilli(want.IdentityExpiresMs) || got.RefreshExpires() != time.UnixMilli(want.RefreshExpiresMs) ||
			got.RefreshFrom() != time.UnixMilli(want.RefreshFromMs) || !strings.HasPrefix(got.AdvertisingToken(), want.TokenPrefix) {
			t.Errorf("%v %v %v, want %+v", got.IdentityExpires(), got.RefreshExpires(), got.RefreshFrom(), want)
		}
	}
	identity := first(t)
	check(identity, v.Generate.IdentityVector)

	answer, err := identity.RefreshRequest().Open(envelope.AppendBase64(nil, v.Refresh.Body), "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	a, err := publisher.ParseRefreshed(answer, time.UnixMilli(v.Generate.ServerMs))
	if err != nil || a.Outcome != publisher.Success {
		t.Fatal(a.Outcome, err)
	}
	check(a.Identity, v.Refresh.IdentityVector)

	answer, err = operator.NewRefresh("", v.RefreshOptOut.Key).Open(envelope.AppendBase64(nil, v.RefreshOptOut.Body), "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := publisher.ParseRefreshed(answer, time.UnixMilli(0)); err != nil || a.Outcome != publisher.OptedOut || !a.Identity.IsZero() {
		t.Error(a.Outcome, err)
	}
}

// TestPredicates checks the documented times of that identity to the millisecond.
func TestPredicates(t *testing.T) {
	i := first(t)
	for _, c := range []struct {
		now                       time.Time
		refreshable, due, expired bool
	}{
		{i.RefreshFrom(), true, false, false},
		{i.RefreshFrom().Add(time.Millisecond), true, true, false},
		{i.IdentityExpires(), true, true, false},
		{i.IdentityExpires().Add(time.Millisecond - 1), true, true, false},
		{i.IdentityExpires().Add(time.Millisecond), true, true, true},
		{i.RefreshExpires(), true, true, true},
		{i.RefreshExpires().Add(time.Millisecond - 1), true, true, true},
		{i.RefreshExpires().Add(time.Millisecond), false, true, true},
		{time.UnixMilli(0), true, false, false},
		{time.Time{}, true, false, false},
	} {
		if i.Refreshable(c.now) != c.refreshable || i.DueForRefresh(c.now) != c.due || i.Expired(c.now) != c.expired {
			t.Errorf("at %v: %v %v %v, want %+v", c.now, i.Refreshable(c.now), i.DueForRefresh(c.now), i.Expired(c.now), c)
		}
	}
	withoutToken := identityJSON(func(f map[string]any) { f["refresh_token"] = "" })
	if i, err := publisher.ParseIdentity(withoutToken); err != nil || i.Refreshable(time.UnixMilli(0)) {
		t.Errorf("refreshable without a refresh token: %v", err)
	}
}

// TestExpiredBeforeItIsDue: an identity whose token has expired is due for a refresh, whatever
// refresh_from is.
func TestExpiredBeforeItIsDue(t *testing.T) {
	i, err := publisher.ParseIdentity(identityJSON(func(f map[string]any) { f["identity_expires"], f["refresh_from"] = 10, 20 }))
	if err != nil || i.DueForRefresh(time.UnixMilli(10)) || !i.DueForRefresh(time.UnixMilli(11)) || !i.DueForRefresh(time.UnixMilli(21)) {
		t.Error(err)
	}
}

// identityJSON returns an identity that never expires, after changes.
func identityJSON(change func(map[string]any)) []byte {
	f := map[string]any{
		"advertising_token": "A4AA-token", "refresh_token": "AAAA-refresh", "identity_expires": 4102444800000, "refresh_from": 4102444700000,
		"refresh_expires": 4102444900000, "refresh_response_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "user_token": "old",
	}
	change(f)
	text, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return text
}

func TestIdentityRoundTrip(t *testing.T) {
	text := []byte(` {"advertising_token":"a","refresh_token":"r","identity_expires":1,"refresh_from":2,"refresh_expires":3,
		"new_field": {"kept": [1.50, "\u00e9"]}, "user_token":"u"} `)
	i, err := publisher.ParseIdentity(text)
	if err != nil || string(i.JSON()) != string(text) {
		t.Fatalf("%s, %v", i.JSON(), err)
	}
	in, err := json.Marshal(map[string]publisher.Identity{"session": i, "none": {}})
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]publisher.Identity
	if err := json.Unmarshal(in, &out); err != nil || !out["none"].IsZero() || out["none"].JSON() != nil {
		t.Fatal(err)
	}
	if got := string(out["session"].JSON()); !strings.Contains(got, `"new_field":{"kept":[1.50,"\u00e9"]}`) {
		t.Errorf("an unknown field is lost: %s", got)
	}
	reused := i
	if err := json.Unmarshal([]byte("null"), &reused); err != nil || !reused.IsZero() {
		t.Errorf("null leaves %v, %v", reused, err)
	}
	if err := json.Unmarshal([]byte("{}"), &reused); !errors.Is(err, publisher.ErrIdentity) || !reused.IsZero() {
		t.Errorf("{} leaves %v, %v", reused, err)
	}
	text[0] = 'x'
	i.JSON()[1] = 'x'
	if got := i.JSON(); got[0] != ' ' || got[1] != '{' {
		t.Errorf("the identity shares memory: %s", got)
	}
}

func TestTextsThatAreNoIdentity(t *testing.T) {
	texts := []string{"", "null", "[]", "7", `"canary"`, "{}", "{", `{"advertising_token":7}`}
	for _, field := range []string{"advertising_token", "refresh_token", "identity_expires", "refresh_from", "refresh_expires"} {
		texts = append(texts, string(identityJSON(func(f map[string]any) { delete(f, field) })),
			string(identityJSON(func(f map[string]any) { f[field] = nil })), string(identityJSON(func(f map[string]any) { f[field] = []int{} })))
	}
	for _, key := range []any{7, "canary", "AAEC", ""} {
		texts = append(texts, string(identityJSON(func(f map[string]any) { f["refresh_response_key"] = key })))
	}
	for _, text := range texts {
		i, err := publisher.ParseIdentity([]byte(text))
		if !errors.Is(err, publisher.ErrIdentity) || !i.IsZero() || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGenerateRequests(t *testing.T) {
	phone, err := dii.Phone("+12345678901")
	if err != nil {
		t.Fatal(err)
	}
	hash, err := dii.HashedEmail("tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{publisher.GenerateRequest(user(t)), `{"email_hash":"tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="}`},
		{publisher.GenerateRequest(hash), `{"email_hash":"tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="}`},
		{publisher.GenerateRequest(phone, publisher.WithOptOutCheck()), `{"phone_hash":"EObwtHBUqDNZR33LNSMdtt5cafsYFuGmuY4ZLenlue4="}`},
		{publisher.GenerateRequest(user(t), publisher.WithTCF("CPhJ")), `{"email_hash":"tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=","tcf_consent_string":"CPhJ"}`},
		{publisher.GenerateRequest(user(t), publisher.WithTCF("")), `{"email_hash":"tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=","tcf_consent_string":""}`},
		{publisher.GenerateRequest(user(t), publisher.WithoutHashing()), `{"email":"user@example.com"}`},
		{publisher.GenerateRequest(phone, publisher.WithoutHashing()), `{"phone":"+12345678901"}`},
		{publisher.GenerateRequest(hash, publisher.WithoutHashing()), `{"email_hash":"tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="}`},
	} {
		if string(c.got) != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

// TestGoldenRequests makes the JSON of every golden request envelope.
func TestGoldenRequests(t *testing.T) {
	const tcf = "CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"
	made := map[string]bool{}
	add := func(id dii.Identity, err error, opts ...publisher.Option) {
		if err != nil {
			t.Fatal(err)
		}
		made[string(publisher.GenerateRequest(id, opts...))] = true
	}
	for _, email := range []string{"test@example.com", "user@example.com", "jane.doe+home@gmail.com"} {
		id, err := dii.Email(email)
		add(id, err)
		add(id, err, publisher.WithoutHashing())
		add(id, err, publisher.WithTCF(tcf))
	}
	phone, err := dii.Phone("+12345678901")
	add(phone, err)
	add(phone, err, publisher.WithoutHashing())
	for _, v := range fixtures.Envelopes().Request.Vectors {
		if v.Payload != "" && !made[v.Payload] {
			t.Errorf("no way to make %s", v.Payload)
		}
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, answer := range []string{"", "canary", "{}", `{"status":"canary"}`, `{"status":"success"}`, `{"status":"success","body":null}`,
		`{"status":"success","body":{"advertising_token":"canary"}}`} {
		if a, err := publisher.ParseGenerated([]byte(answer)); !errors.Is(err, publisher.ErrAnswer) || a.Outcome != 0 || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for answer, says := range map[string]string{"": "not JSON", "canary": "not JSON", `{"status":7}`: "not JSON", "{}": "its status is unknown"} {
		if _, err := publisher.ParseGenerated([]byte(answer)); err == nil || !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for status, want := range map[string]publisher.Outcome{"optout": publisher.OptedOut, "insufficient_user_consent": publisher.InsufficientConsent} {
		a, err := publisher.ParseGenerated([]byte(`{"status":"` + status + `"}`))
		if err != nil || a.Outcome != want || !a.Identity.IsZero() || a.Outcome.String() != status {
			t.Errorf("%s: %v, %v", status, a.Outcome, err)
		}
	}
	if publisher.Outcome(0).String() != "invalid outcome" {
		t.Error(publisher.Outcome(0))
	}
}

// A refreshed identity that is unusable must not be stored.
func TestRefreshedIdentitiesOfNoUse(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"expired":         func(f map[string]any) { f["identity_expires"] = 1 },
		"not refreshable": func(f map[string]any) { f["refresh_expires"] = 1 },
	} {
		answer := `{"status":"success","body":` + string(identityJSON(change)) + `}`
		if a, err := publisher.ParseRefreshed([]byte(answer), time.UnixMilli(1000)); !errors.Is(err, publisher.ErrAnswer) || !a.Identity.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := publisher.ParseRefreshed([]byte(answer), time.UnixMilli(1)); err != nil {
			t.Errorf("%s, before: %v", name, err)
		}
	}
}

func TestNothingIsPrinted(t *testing.T) {
	i, err := publisher.ParseIdentity(identityJSON(func(map[string]any) {}))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "identity", i)
	a := publisher.Answer{Outcome: publisher.Success, Identity: i}
	printed := fmt.Sprintf("%v %+v %#v %s %x", i, i, i, i, i) + fmt.Sprintf("%v %+v %#v", a, a, a) + log.String()
	if strings.Contains(printed, "A4AA") || strings.Contains(printed, "AAAA") {
		t.Error(printed)
	}
	for _, verb := range []string{"%v", "%s", "%x", "%d", "%#v"} {
		if got := fmt.Sprintf(verb, i); got != "[identity]" {
			t.Errorf("%s: %s", verb, got)
		}
	}
	if i.GoString() != "[identity]" || i.LogValue().String() != "[identity]" {
		t.Error(i.GoString(), i.LogValue())
	}
}

// fake is an operator with preset answers.
type fake struct {
	answer  string
	err     error
	refresh int
}

func (f *fake) GenerateToken(context.Context, []byte) ([]byte, error) { return []byte(f.answer), f.err }
func (f *fake) ValidateToken(context.Context, []byte) ([]byte, error) { return []byte(f.answer), f.err }
func (f *fake) RefreshToken(context.Context, string, []byte) ([]byte, error) {
	f.refresh++
	return []byte(f.answer), f.err
}

// TestKeepFresh has every possible outcome.
func TestKeepFresh(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	fresh := identityJSON(func(map[string]any) {})
	good := `{"status":"success","body":` + string(identityJSON(func(f map[string]any) { f["advertising_token"] = "new" })) + `}`
	const before, due, expired, over = 4102444600000, 4102444750000, 4102444850000, 4102444900001
	down := &operator.Error{Kind: operator.ErrUnavailable}
	for _, c := range []struct {
		note    string
		stored  []byte
		now     int64
		fake    fake
		state   publisher.State
		token   string
		out     bool
		err     error
		refresh int
	}{
		{"not due", fresh, before, fake{}, publisher.Kept, "A4AA-token", false, nil, 0},
		{"due", fresh, due, fake{answer: good}, publisher.Refreshed, "new", false, nil, 1},
		{"due, operator down", fresh, due, fake{err: down}, publisher.Kept, "A4AA-token", false, operator.ErrUnavailable, 1},
		{"due, a wrong answer", fresh, due, fake{answer: "{}"}, publisher.Kept, "A4AA-token", false, publisher.ErrAnswer, 1},
		{"expired, operator down", fresh, expired, fake{err: down}, publisher.Kept, "A4AA-token", false, operator.ErrUnavailable, 1},
		{"opted out", fresh, due, fake{answer: `{"status":"optout"}`}, publisher.Gone, "", true, nil, 1},
		{"without consent", fresh, due, fake{answer: `{"status":"insufficient_user_consent"}`}, publisher.Gone, "", false, nil, 1},
		{"refused", fresh, due, fake{err: &operator.Error{Kind: operator.ErrRefreshToken}}, publisher.Gone, "", false, operator.ErrRefreshToken, 1},
		{"over", fresh, over, fake{answer: good}, publisher.Gone, "", false, nil, 0},
		{"nonsense", []byte("nonsense"), before, fake{answer: good}, publisher.Gone, "", false, publisher.ErrIdentity, 0},
	} {
		s, err := publisher.New(&c.fake).KeepFresh(context.Background(), c.stored, at(c.now))
		if s.State != c.state || s.Identity.AdvertisingToken() != c.token || s.OptedOut != c.out || !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
			t.Errorf("%s: %v %q, opted out %v, %v", c.note, s.State, s.Identity.AdvertisingToken(), s.OptedOut, err)
		}
		if c.fake.refresh != c.refresh {
			t.Errorf("%s: refreshed %d times", c.note, c.fake.refresh)
		}
	}
	for state, name := range map[publisher.State]string{0: "invalid state", publisher.Kept: "kept", publisher.Refreshed: "refreshed", publisher.Gone: "gone", 4: "invalid state"} {
		if state.String() != name {
			t.Errorf("%d is %q", state, state)
		}
	}
}

func TestNobody(t *testing.T) {
	c := publisher.New(&fake{})
	if _, err := c.Generate(context.Background(), dii.Identity{}); !errors.Is(err, publisher.ErrUser) {
		t.Error(err)
	}
	if yes, err := c.Validate(context.Background(), "token", dii.Identity{}); !errors.Is(err, publisher.ErrUser) || yes {
		t.Error(yes, err)
	}
}

func TestValidateAnswers(t *testing.T) {
	for answer, want := range map[string]error{`{"status":"success","body":true}`: nil, `{"status":"success"}`: publisher.ErrAnswer,
		`{"status":"optout","body":true}`: publisher.ErrAnswer, ``: publisher.ErrAnswer, `{"status":"success","body":"true"}`: publisher.ErrAnswer} {
		yes, err := publisher.New(&fake{answer: answer}).Validate(context.Background(), "token", user(t))
		if !errors.Is(err, want) || yes != (want == nil) {
			t.Errorf("%s: %v, %v", answer, yes, err)
		}
	}
	down := &operator.Error{Kind: operator.ErrUnavailable}
	if yes, err := publisher.New(&fake{err: down}).Validate(context.Background(), "token", user(t)); !errors.Is(err, operator.ErrUnavailable) || yes {
		t.Error(yes, err)
	}
	if _, err := publisher.New(&fake{err: down}).Generate(context.Background(), user(t)); !errors.Is(err, operator.ErrUnavailable) {
		t.Error(err)
	}
}

func FuzzParseIdentity(f *testing.F) {
	f.Add(identityJSON(func(map[string]any) {}))
	f.Add([]byte(`{"advertising_token":"a","refresh_token":"r","identity_expires":1,"refresh_from":2,"refresh_expires":3}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		i, err := publisher.ParseIdentity(text)
		if (err == nil) == i.IsZero() {
			t.Fatalf("%v, zero %v", err, i.IsZero())
		}
		if err == nil && string(i.JSON()) != string(text) {
			t.Errorf("%q became %q", text, i.JSON())
		}
	})
}

func FuzzParseGenerated(f *testing.F) {
	f.Add(generated(f))
	f.Add([]byte(`{"status":"optout"}`))
	f.Add([]byte(`{"status":"success","body":{}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		a, err := publisher.ParseGenerated(answer)
		if (err == nil) != (a.Outcome != 0) || (a.Outcome == publisher.Success) == a.Identity.IsZero() {
			t.Errorf("%v, %v, zero %v", a.Outcome, err, a.Identity.IsZero())
		}
	})
}
