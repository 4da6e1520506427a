package identitymap_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/operator"
)

// fake is an operator with preset answers.
type fake struct {
	mu     sync.Mutex
	asked  []string
	answer func(request map[string][]string) string
	err    error
}

func (f *fake) ask(request []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, string(request))
	var lists map[string][]string
	if f.answer == nil || json.Unmarshal(request, &lists) != nil {
		return nil, f.err
	}
	return []byte(f.answer(lists)), f.err
}

func (f *fake) MapIdentities(_ context.Context, request []byte) ([]byte, error) {
	return f.ask(request)
}
func (f *fake) MapIdentitiesV2(_ context.Context, request []byte) ([]byte, error) {
	return f.ask(request)
}
func (f *fake) IdentityBuckets(_ context.Context, request []byte) ([]byte, error) {
	f.asked = append(f.asked, string(request))
	return []byte(f.answer(nil)), f.err
}

// uidOf returns a made-up raw UID, derived from a hash.
func uidOf(hash string) string {
	raw, err := base64.StdEncoding.DecodeString(hash)
	if err != nil {
		panic(err)
	}
	raw[0] ^= 0xFF
	return base64.StdEncoding.EncodeToString(raw)
}

// mapV3 maps everybody.
func mapV3(lists map[string][]string) string {
	body := map[string][]any{"email": {}, "phone": {}, "email_hash": {}, "phone_hash": {}, "new_key": {1}}
	for kind, hashes := range lists {
		for _, hash := range hashes {
			body[kind] = append(body[kind], map[string]any{"u": uidOf(hash), "p": nil, "r": 1735689600, "new": 1})
		}
	}
	return answer(body)
}

func mapV2(lists map[string][]string) string {
	mapped := []any{}
	for _, hashes := range lists {
		for _, hash := range hashes {
			mapped = append(mapped, map[string]any{"identifier": hash, "advertising_id": uidOf(hash), "bucket_id": "a30od4mNRd"})
		}
	}
	return answer(map[string]any{"mapped": mapped})
}

func answer(body any) string { return withStatus("success", body) }

func withStatus(status string, body any) string {
	text, err := json.Marshal(map[string]any{"status": status, "body": body})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func email(t testing.TB, text string) dii.Identity {
	t.Helper()
	id, err := dii.Email(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func phone(t testing.TB, text string) dii.Identity {
	t.Helper()
	id, err := dii.Phone(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// people are identities of every kind, some of them the same person: two spellings of one address,
// and its hash.
func people(t testing.TB) []dii.Identity {
	t.Helper()
	hashedEmail, err := dii.HashedEmail(email(t, "user@example.com").RevealHash())
	if err != nil {
		t.Fatal(err)
	}
	hashedPhone, err := dii.HashedPhone(phone(t, "+12345678901").RevealHash())
	if err != nil {
		t.Fatal(err)
	}
	return []dii.Identity{email(t, "user@example.com"), email(t, "USER@example.com "), hashedEmail, phone(t, "+12345678901"),
		hashedPhone, email(t, "other@example.com"), email(t, "user@example.com"), phone(t, "+6512345678")}
}

// TestEveryIdentityIsMapped uses batches of every size, at both endpoints. Each hash is sent once,
// and each identity gets its own answer.
func TestEveryIdentityIsMapped(t *testing.T) {
	for batch := 1; batch <= 6; batch++ {
		for version, call := range map[string]func(*identitymap.Client, ...identitymap.Option) (identitymap.Result, error){
			"v3": func(c *identitymap.Client, opts ...identitymap.Option) (identitymap.Result, error) {
				return c.Map(context.Background(), people(t), opts...)
			},
			"v2": func(c *identitymap.Client, opts ...identitymap.Option) (identitymap.Result, error) {
				return c.MapV2(context.Background(), people(t), opts...)
			},
		} {
			f := &fake{answer: map[string]func(map[string][]string) string{"v3": mapV3, "v2": mapV2}[version]}
			var steps []int
			result, err := call(identitymap.New(f), identitymap.WithBatch(batch), identitymap.WithProgress(func(done, total int) {
				if total != 4 {
					t.Errorf("%d different identities", total)
				}
				steps = append(steps, done)
			}))
			if err != nil || len(result.Mapped) != 7 || len(result.Unmapped) != 0 {
				t.Fatalf("%s in batches of %d: %d mapped, %v", version, batch, len(result.Mapped), err)
			}
			for _, id := range people(t) {
				m := result.Mapped[id]
				if m.UID.Reveal() != uidOf(id.RevealHash()) || !m.Previous.IsZero() {
					t.Errorf("%s: %v has another raw UID", version, id)
				}
				if (version == "v3") != (m.RefreshFrom == time.UnixMilli(1735689600000)) || (version == "v2") != m.RefreshFrom.IsZero() || (version == "v2") != (m.Bucket == "a30od4mNRd") {
					t.Errorf("%s: %v, %q", version, m.RefreshFrom, m.Bucket)
				}
			}
			if steps[len(steps)-1] != 4 || len(steps) != len(f.asked) {
				t.Errorf("%s: progress %v of %d requests", version, steps, len(f.asked))
			}
			for _, request := range f.asked {
				if strings.Contains(request, "example.com") || strings.Contains(request, "+1234") || strings.Contains(request, "null") {
					t.Errorf("%s sends %s", version, request)
				}
			}
		}
	}
}

func TestRequests(t *testing.T) {
	f := &fake{answer: mapV3}
	if _, err := identitymap.New(f).Map(context.Background(), people(t)); err != nil {
		t.Fatal(err)
	}
	want := `{"email_hash":["tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=",` + quoted(email(t, "other@example.com").RevealHash()) +
		`],"phone_hash":["EObwtHBUqDNZR33LNSMdtt5cafsYFuGmuY4ZLenlue4=","xn2K5iZn+pV1H0nXXILY8ggcGt9dClVnIX13SXVVpZ8="]}`
	if len(f.asked) != 1 || f.asked[0] != want {
		t.Errorf("asked %s\nwant %s", f.asked, want)
	}
	none := &fake{}
	if result, err := identitymap.New(none).Map(context.Background(), nil); err != nil || len(result.Mapped) != 0 || len(none.asked) != 0 {
		t.Errorf("nobody was asked about: %v, %v", none.asked, err)
	}
	_, err := identitymap.New(none).Map(context.Background(), []dii.Identity{email(t, "user@example.com"), {}})
	if err == nil || !strings.Contains(err.Error(), "identity 1") || len(none.asked) != 0 {
		t.Errorf("the zero identity is taken: %v, %v", none.asked, err)
	}
}

func quoted(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(q)
}

// TestLargestBatch: no request has more identities than operators accept, with any options.
func TestLargestBatch(t *testing.T) {
	ids := emails(t, operator.MaxIdentities+1)
	for _, batch := range [][]identitymap.Option{nil, {identitymap.WithBatch(operator.MaxIdentities)}} {
		f := &fake{answer: mapV3}
		result, err := identitymap.New(f).Map(context.Background(), ids, batch...)
		if err != nil || len(result.Mapped) != len(ids) || len(f.asked) != 2 {
			t.Errorf("%d options: %d mapped in %d requests, %v", len(batch), len(result.Mapped), len(f.asked), err)
		}
	}
}

// TestUnmapped has the two known reasons and an unknown one.
func TestUnmapped(t *testing.T) {
	ids := []dii.Identity{email(t, "a@example.com"), email(t, "b@example.com"), email(t, "c@example.com"), email(t, "d@example.com")}
	words := []string{"optout", "invalid identifier", "some new unmapped reason"}
	want := []identitymap.Reason{identitymap.ReasonOptedOut, identitymap.ReasonInvalid, identitymap.ReasonUnknown}
	for version, f := range map[string]*fake{
		"v3": {answer: func(lists map[string][]string) string {
			entries := []any{map[string]any{"e": words[0]}, map[string]any{"e": words[1]}, map[string]any{"e": words[2]},
				map[string]any{"u": uidOf(lists["email_hash"][3]), "p": uidOf(lists["email_hash"][0]), "r": 1}}
			return answer(map[string]any{"email_hash": entries})
		}},
		"v2": {answer: func(lists map[string][]string) string {
			hashes := lists["email_hash"]
			unmapped := []any{}
			for i, word := range words {
				unmapped = append(unmapped, map[string]any{"identifier": hashes[i], "reason": word})
			}
			return answer(map[string]any{"mapped": []any{map[string]any{"identifier": hashes[3], "advertising_id": uidOf(hashes[3])}}, "unmapped": unmapped})
		}},
	} {
		call := identitymap.New(f).Map
		if version == "v2" {
			call = identitymap.New(f).MapV2
		}
		result, err := call(context.Background(), ids)
		if err != nil || len(result.Mapped) != 1 || len(result.Unmapped) != 3 {
			t.Fatalf("%s: %v", version, err)
		}
		for i, id := range ids[:3] {
			if u := result.Unmapped[id]; u.Reason != want[i] || u.Text != words[i] {
				t.Errorf("%s: %q is %v", version, u.Text, u.Reason)
			}
		}
		if m := result.Mapped[ids[3]]; version == "v3" && m.Previous.Reveal() != uidOf(ids[0].RevealHash()) {
			t.Errorf("no previous raw UID")
		}
	}
	for reason, name := range map[identitymap.Reason]string{0: "unknown", 1: "opted out", 2: "invalid identifier", 9: "unknown"} {
		if reason.String() != name {
			t.Errorf("%d is %q", reason, reason)
		}
	}
}

func TestWrongAnswers(t *testing.T) {
	id := email(t, "a@example.com")
	for _, text := range []string{"", "canary", "{}", `{"status":"canary","body":{}}`, `{"status":"success"}`, answer(nil), answer([]int{1}),
		withStatus("canary", map[string]any{"email_hash": []any{map[string]any{"u": uidOf(id.RevealHash())}}}),
		withStatus("canary", map[string]any{"mapped": []any{map[string]any{"identifier": id.RevealHash(), "advertising_id": uidOf(id.RevealHash())}}}),
		answer(map[string]any{}), // nothing about the identity
		answer(map[string]any{"email_hash": []any{}}),
		answer(map[string]any{"email_hash": []any{map[string]any{"u": uidOf(id.RevealHash())}, map[string]any{"u": uidOf(id.RevealHash())}}}),
		answer(map[string]any{"email_hash": []any{map[string]any{"u": "canary"}}}),
		answer(map[string]any{"email_hash": []any{map[string]any{}}}),
		answer(map[string]any{"email_hash": []any{map[string]any{"u": uidOf(id.RevealHash()), "p": "canary"}}}),
		answer(map[string]any{"email_hash": []any{map[string]any{"e": "optout"}}, "phone_hash": []any{map[string]any{"e": "optout"}}, "mapped": 7}),
		answer(map[string]any{"mapped": []any{map[string]any{"identifier": id.RevealHash(), "advertising_id": "canary"}}}),
		answer(map[string]any{"mapped": []any{map[string]any{"identifier": "another", "advertising_id": uidOf(id.RevealHash())}}}),
	} {
		f := &fake{answer: func(map[string][]string) string { return text }}
		c := identitymap.New(f)
		for version, call := range map[string]func(context.Context, []dii.Identity, ...identitymap.Option) (identitymap.Result, error){"v3": c.Map, "v2": c.MapV2} {
			if result, err := call(context.Background(), []dii.Identity{id}); !errors.Is(err, identitymap.ErrAnswer) || strings.Contains(err.Error(), "canary") || len(result.Mapped) > 0 {
				t.Errorf("%s: %s: %v", version, text, err)
			}
		}
	}
}

// If a batch fails, the results of those before it are returned.
func TestHalfAResult(t *testing.T) {
	f := &fake{}
	f.answer = func(lists map[string][]string) string {
		if len(f.asked) == 2 {
			f.err = &operator.Error{Kind: operator.ErrThrottled}
		}
		return mapV3(lists)
	}
	result, err := identitymap.New(f).Map(context.Background(), people(t), identitymap.WithBatch(1), identitymap.WithParallel(1))
	if !errors.Is(err, operator.ErrThrottled) || len(result.Mapped) != 3 || len(f.asked) != 2 {
		t.Errorf("%d mapped in %d requests, %v", len(result.Mapped), len(f.asked), err)
	}
}

func TestBuckets(t *testing.T) {
	f := &fake{answer: func(map[string][]string) string {
		return answer([]any{map[string]any{"bucket_id": "a", "last_updated": "2024-07-02T14:30:15.123"}, map[string]any{"bucket_id": "b", "last_updated": "2024-07-02T14:30:15"}})
	}}
	since := time.Date(2024, 7, 2, 9, 30, 15, 123456000, time.FixedZone("", -5*3600))
	buckets, err := identitymap.New(f).Buckets(context.Background(), since)
	if err != nil || fmt.Sprint(buckets) != "[{a 2024-07-02 14:30:15.123 +0000 UTC} {b 2024-07-02 14:30:15 +0000 UTC}]" {
		t.Errorf("%v, %v", buckets, err)
	}
	if f.asked[0] != `{"since_timestamp":"2024-07-02T14:30:15.123456"}` {
		t.Errorf("asked %s", f.asked[0])
	}
	for _, text := range []string{"", "{}", answer(nil), `{"status":"error","body":[]}`, answer([]any{map[string]any{"bucket_id": "a", "last_updated": "2024-07-02 14:30"}})} {
		f := &fake{answer: func(map[string][]string) string { return text }}
		if _, err := identitymap.New(f).Buckets(context.Background(), since); !errors.Is(err, identitymap.ErrAnswer) {
			t.Errorf("%s: %v", text, err)
		}
	}
	down := &fake{answer: func(map[string][]string) string { return "" }, err: &operator.Error{Kind: operator.ErrUnavailable}}
	if _, err := identitymap.New(down).Buckets(context.Background(), since); !errors.Is(err, operator.ErrUnavailable) {
		t.Error(err)
	}
}

// FuzzAnswers has one law for any answer of an operator: each identity is in one of the maps, or
// there is an error that blames the answer.
func FuzzAnswers(f *testing.F) {
	id := email(f, "a@example.com")
	f.Add([]byte(mapV3(map[string][]string{"email_hash": {id.RevealHash()}})))
	f.Add([]byte(mapV2(map[string][]string{"email_hash": {id.RevealHash()}})))
	f.Add([]byte(answer(map[string]any{"email_hash": []any{map[string]any{"e": "optout"}}})))
	f.Add([]byte(answer([]any{map[string]any{"bucket_id": "a", "last_updated": "2024-07-02T14:30:15.123"}})))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := identitymap.New(&fake{answer: func(map[string][]string) string { return string(text) }})
		for _, call := range []func(context.Context, []dii.Identity, ...identitymap.Option) (identitymap.Result, error){c.Map, c.MapV2} {
			result, err := call(context.Background(), []dii.Identity{id})
			_, mapped := result.Mapped[id]
			_, not := result.Unmapped[id]
			if err == nil && !mapped && !not || err != nil && !errors.Is(err, identitymap.ErrAnswer) {
				t.Errorf("mapped %v, unmapped %v, %v", mapped, not, err)
			}
		}
		if _, err := c.Buckets(context.Background(), time.Time{}); err != nil && !errors.Is(err, identitymap.ErrAnswer) {
			t.Error(err)
		}
	})
}
