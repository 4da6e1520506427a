package uid2test_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// entry is the identity map's answer for one identity.
type entry struct {
	UID      string  `json:"u"`
	Previous *string `json:"p"`
	Refresh  int64   `json:"r"`
	Reason   string  `json:"e"`
}

func entriesOf(t testing.TB, a answered) map[string][]entry {
	t.Helper()
	var body map[string][]entry
	if a.Status != "success" || json.Unmarshal(a.Body, &body) != nil {
		t.Fatalf("%q %s", a.Status, a.Message)
	}
	return body
}

// TestIdentityMap asks about all kinds together: the answers are in the order of the request.
func TestIdentityMap(t *testing.T) {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		at := newClock()
		s := start(t, uid2test.WithNow(at.now), uid2test.WithRawUIDVersion(version))
		s.OptOutUser(uid2test.TokenSpec{Email: "gone@example.com"}, at.at)
		_, a := ask(t, s, s.Client(), uid2test.PathIdentityMap, fields{
			"email":      []string{"nobody", email, "optout@example.com", "gone@example.com", "validate@example.com"},
			"email_hash": []string{hashOf("gone@example.com"), hashOf(email)},
			"phone":      []string{},
			"phone_hash": []string{hashOf("+12345678902"), "short", hashOf("+00000000000")},
		})
		uid := func(spec uid2test.TokenSpec) string { return s.RawUID(spec).Reveal() }
		want := map[string][]string{
			"email":      {"invalid identifier", uid(uid2test.TokenSpec{Email: email}), "optout", "optout", uid(uid2test.TokenSpec{Email: "validate@example.com"})},
			"email_hash": {"optout", uid(uid2test.TokenSpec{Email: email})},
			"phone":      {},
			"phone_hash": {uid(uid2test.TokenSpec{Phone: "+12345678902"}), "invalid identifier", "optout"},
		}
		if !strings.Contains(string(a.Body), `"p":null`) {
			t.Error("the previous raw UID is left out, where some clients want null")
		}
		got := entriesOf(t, a)
		for kind, texts := range want {
			if len(got[kind]) != len(texts) {
				t.Fatalf("%s: %d entries", kind, len(got[kind]))
			}
			for i, e := range got[kind] {
				if e.UID+e.Reason != texts[i] || e.Previous != nil || (e.Refresh > at.at.Unix()) != (e.UID != "") {
					t.Errorf("version %d: %s[%d] is not as it should be: %q, %d", version, kind, i, e.Reason, e.Refresh)
				}
			}
		}
	}
}

// TestRotatedSalts: all users get new raw UIDs, and the previous one is returned for 90 days.
func TestRotatedSalts(t *testing.T) {
	at := newClock()
	s := start(t, uid2test.WithNow(at.now))
	spec := uid2test.TokenSpec{Email: email}
	mapped := func() entry {
		_, a := ask(t, s, s.Client(), uid2test.PathIdentityMap, fields{"email": []string{email}})
		return entriesOf(t, a)["email"][0]
	}
	first := s.RawUID(spec).Reveal()
	if e := mapped(); e.UID != first || e.Previous != nil {
		t.Error("before the rotation")
	}
	token := s.Token(spec)
	s.RotateSalts()
	second := s.RawUID(spec).Reveal()
	s.OptOutUser(uid2test.TokenSpec{Email: "gone@example.com"}, at.at)
	s.RotateSalts()
	if _, a := ask(t, s, s.Client(), uid2test.PathGenerate, fields{"email": "gone@example.com"}); a.Status != "optout" {
		t.Error("an opt-out is forgotten when the salts rotate")
	}
	first, second = second, s.RawUID(spec).Reveal()
	if e := mapped(); second == first || e.UID != second || e.Previous == nil || *e.Previous != first {
		t.Error("after the rotation")
	}
	if opened, _ := open(t, token, s.KeyAnswer(s.Client(), uid2test.PathBidstream)); opened.UID.Reveal() == second || opened.UID.IsZero() {
		t.Error("an old token has another raw UID")
	}
	at.at = at.at.Add(90*24*time.Hour - time.Second)
	if mapped().Previous == nil {
		t.Error("after 90 days less a second there is no previous raw UID")
	}
	at.at = at.at.Add(time.Second)
	if mapped().Previous != nil {
		t.Error("after 90 days there is a previous raw UID")
	}
}

func TestIdentityMapV2(t *testing.T) {
	s := start(t)
	_, a := ask(t, s, s.Client(), uid2test.PathIdentityMapV2, fields{"email": []string{email, "nobody", "optout@example.com"}, "phone": []string{}})
	var body struct {
		Mapped []struct {
			Identifier string `json:"identifier"`
			UID        string `json:"advertising_id"`
			Bucket     string `json:"bucket_id"`
		} `json:"mapped"`
		Unmapped []struct {
			Identifier string `json:"identifier"`
			Reason     string `json:"reason"`
		} `json:"unmapped"`
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || len(body.Mapped) != 1 || len(body.Unmapped) != 2 {
		t.Fatalf("%s: %v", a.Body, err)
	}
	if m := body.Mapped[0]; m.Identifier != email || m.UID != s.RawUID(uid2test.TokenSpec{Email: email}).Reveal() || m.Bucket == "" {
		t.Errorf("%+v", m)
	}
	if fmt.Sprint(body.Unmapped) != "[{nobody invalid identifier} {optout@example.com optout}]" {
		t.Errorf("%+v", body.Unmapped)
	}
	if _, a := ask(t, s, s.Client(), uid2test.PathIdentityMapV2, fields{"email": []string{}}); string(a.Body) != `{"mapped":[]}` {
		t.Errorf("nobody: %s", a.Body)
	}
	if code, _ := ask(t, s, s.Client(), uid2test.PathIdentityMapV2, fields{"email": []string{email}, "phone": []string{"+12345678902"}}); code != 400 {
		t.Errorf("two kinds: %d", code)
	}
}

func TestBuckets(t *testing.T) {
	at := newClock()
	s := start(t, uid2test.WithNow(at.now))
	s.RotateSalts()
	rotated := at.at.UTC().Format("2006-01-02T15:04:05.000")
	for since, want := range map[string]int{"2020-01-01T00:00:00": 1024, rotated: 1024, "2020-01-01T00:00:00.123456789": 1024, "2040-01-01T00:00:00": 0} {
		_, a := ask(t, s, s.Client(), uid2test.PathIdentityBuckets, fields{"since_timestamp": since})
		var list []struct {
			ID          string `json:"bucket_id"`
			LastUpdated string `json:"last_updated"`
		}
		if err := json.Unmarshal(a.Body, &list); err != nil || len(list) != want {
			t.Fatalf("since %s: %d buckets, %v", since, len(list), err)
		}
		ids := map[string]bool{}
		for _, b := range list {
			ids[b.ID] = true
			if b.LastUpdated != rotated {
				t.Fatal(b.LastUpdated)
			}
		}
		if len(ids) != want {
			t.Errorf("%d different ids", len(ids))
		}
	}
	for _, since := range []any{"2020-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00", "2020-01-01", "", nil, 7} {
		if code, _ := ask(t, s, s.Client(), uid2test.PathIdentityBuckets, fields{"since_timestamp": since}); code != 400 {
			t.Errorf("since %v: %d", since, code)
		}
	}
}

// TestOptOutStatus: the answer has only those who have opted out, in the order of the request; a
// version 4 raw UID is known by the form in which its opt-out is announced.
func TestOptOutStatus(t *testing.T) {
	at := newClock()
	s := start(t, uid2test.WithNow(at.now), uid2test.WithEnvironment(codec.EnvironmentProduction))
	spec := uid2test.TokenSpec{Email: email, RawUIDVersion: codec.V4}
	v4 := s.RawUID(spec)
	s.OptOutUser(uid2test.TokenSpec{Email: email}, at.at.Add(-999*time.Millisecond))
	s.OptOut(v4, at.at.Add(-999*time.Millisecond))
	s.OptOut(v4, at.at.Add(-time.Hour)) // earlier, so it changes nothing
	v2 := s.RawUID(uid2test.TokenSpec{Email: email}).Reveal()
	ids := []string{v2, s.RawUID(uid2test.TokenSpec{Email: "bob@example.com"}).Reveal(), v4.Canonical().Reveal(), v4.Reveal(), v2, v2[:43], "nonsense"}
	_, a := ask(t, s, s.Client(), uid2test.PathOptOutStatus, fields{"advertising_ids": ids})
	var body struct {
		OptedOut []struct {
			ID    string `json:"advertising_id"`
			Since int64  `json:"opted_out_since"`
		} `json:"opted_out"`
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || len(body.OptedOut) != 3 {
		t.Fatalf("%d opted out, %v", len(body.OptedOut), err)
	}
	for i, want := range []string{v2, v4.Canonical().Reveal(), v2} {
		if o := body.OptedOut[i]; o.ID != want || o.Since != at.at.UnixMilli()-1000 {
			t.Errorf("%d: since %d", i, o.Since)
		}
	}
	if _, a := ask(t, s, s.Client(), uid2test.PathOptOutStatus, fields{"advertising_ids": []string{}}); string(a.Body) != `{"opted_out":[]}` {
		t.Errorf("%s", a.Body)
	}
}

func TestIdentityRefusals(t *testing.T) {
	s := start(t)
	many := make([]string, 5001)
	for path, requests := range map[string][]any{
		uid2test.PathIdentityMap:   {fields{}, fields{"email": []any{nil}}, fields{"email": email}, fields{"email": []string{email}, "other": nil}},
		uid2test.PathIdentityMapV2: {fields{}, fields{"email": email}, fields{"email": nil}},
		uid2test.PathOptOutStatus:  {fields{}, fields{"advertising_ids": nil}, fields{"advertising_ids": many}},
	} {
		for i, request := range requests {
			if code, a := ask(t, s, s.Client(), path, request); code != 400 || a.Status != "client_error" || a.Message == "" {
				t.Errorf("%s, %d: %d %q", path, i, code, a.Status)
			}
		}
	}
	generator := s.AddClient(uid2test.Client{Roles: uid2test.Generator})
	for _, path := range []string{uid2test.PathIdentityMap, uid2test.PathIdentityMapV2, uid2test.PathIdentityBuckets, uid2test.PathOptOutStatus} {
		if code, a := ask(t, s, generator, path, fields{}); code != 401 || a.Status != "unauthorized" {
			t.Errorf("%s without the role: %d", path, code)
		}
	}
}

func TestRoleNames(t *testing.T) {
	if got := (uid2test.IDReader | uid2test.Sharer | uid2test.Generator | uid2test.Mapper).String(); got != "ID_READER|SHARER|GENERATOR|MAPPER" {
		t.Error(got)
	}
}

func TestImpossibleIdentitySettings(t *testing.T) {
	mustPanic(t, "raw UIDs of version 5", func() { uid2test.NewUnstartedServer(uid2test.WithRawUIDVersion(5)) })
	for _, l := range []uid2test.Lifetimes{{}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {-1, 1, 1}, {1, -1, 1}, {1, 1, -1}} {
		mustPanic(t, fmt.Sprintf("%+v", l), func() { uid2test.NewUnstartedServer(uid2test.WithLifetimes(l)) })
	}
	uid2test.NewUnstartedServer(uid2test.WithLifetimes(uid2test.Lifetimes{Identity: 1, RefreshFrom: 1, Refresh: 1}))
}
