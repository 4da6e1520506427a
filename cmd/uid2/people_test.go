package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestSessionInAShell generates, refreshes, and opts out.
func TestSessionInAShell(t *testing.T) {
	s := local(t)
	for _, args := range [][]string{{"-email", "user@example.com"}, {"-phone", "+12345678902"},
		{"-email-hash", "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="}, {"-phone-hash", "wdN1alhrbw1Bmz49GzKGdPvGxLhCNn7n3teAOQ/FSK4="}} {
		if o := decode(t, ok(t, "", append([]string{"generate"}, args...)...))[0]; o["advertising_token"] == nil || o["refresh_response_key"] == nil {
			t.Errorf("%v: %v", args, o)
		}
	}
	identity := ok(t, "user@example.com\n", "generate", "-email", "-", "-tcf", "ignored")
	if same := ok(t, identity, "refresh", "-if-due"); same != identity {
		t.Error("an identity that isn't due was refreshed")
	}
	next := ok(t, "", "refresh", write(t, identity))
	if next == identity || decode(t, next)[0]["advertising_token"] == nil {
		t.Error("the identity was not refreshed")
	}
	later := time.Now().Add(2 * time.Hour).Format(time.RFC3339)
	if due := ok(t, identity, "refresh", "-if-due", "-now", later); due == identity {
		t.Error("an identity that is due was not refreshed")
	}
	s.OptOutUser(uid2test.TokenSpec{Email: "user@example.com"}, time.Now())
	for _, r := range []result{uid2(t, identity, "refresh"), uid2(t, "", "generate", "-email", "user@example.com")} {
		if r.code != exitNoToken || r.out != "{\"status\":\"optout\"}\n" {
			t.Errorf("exit code %d: %s %s", r.code, r.out, r.err)
		}
	}
	tooLate := time.Now().Add(1000 * time.Hour).Format(time.RFC3339)
	if r := uid2(t, identity, "refresh", "-now", tooLate); r.code != exitNoToken {
		t.Errorf("too late: exit code %d", r.code)
	}
	asked := s.Requests(uid2test.PathRefresh)
	invalid := strings.Replace(identity, `"refresh_token":"`, `"refresh_token":"A`, 1)
	if r := uid2(t, invalid, "refresh"); r.code != exitNoToken || s.Requests(uid2test.PathRefresh) != asked+1 {
		t.Errorf("a refresh token of another form: exit code %d: %s", r.code, r.err)
	}
}

// TestMap has every kind of line, in order, and more than fit into one request.
func TestMap(t *testing.T) {
	s := local(t)
	s.RotateSalts()
	in := []string{"user@example.com", "nobody", "+12345678902", "optout@example.com", "+123", "USER@example.com"}
	for i := range 5000 {
		in = append(in, fmt.Sprintf("u%d@example.com", i))
	}
	out := decode(t, ok(t, strings.Join(in, "\n"), "map"))
	if len(out) != len(in) || s.Requests(uid2test.PathIdentityMap) != 2 {
		t.Fatalf("%d lines, %d requests", len(out), s.Requests(uid2test.PathIdentityMap))
	}
	for i, o := range out {
		if o["input"] != in[i] {
			t.Fatalf("line %d is about %v", i, o["input"])
		}
	}
	raw := s.RawUID(uid2test.TokenSpec{Email: "user@example.com"}).Reveal()
	if out[0]["raw_uid"] != raw || out[5]["raw_uid"] != raw || out[0]["previous"] == nil || out[0]["refresh_from"] == nil {
		t.Error("the user's raw UID is another one")
	}
	if out[1]["unmapped"] != "invalid identifier" || out[3]["unmapped"] != "opted out" || out[4]["unmapped"] != "invalid identifier" || out[2]["raw_uid"] == nil {
		t.Error(out[1], out[3], out[4])
	}
	v2 := decode(t, ok(t, "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=\n", "map", "-v2", "-kind", "email_hash"))
	if v2[0]["raw_uid"] != raw || v2[0]["bucket"] == nil {
		t.Error(v2)
	}
	if out := ok(t, "", "map"); out != "" {
		t.Errorf("nobody: %q", out)
	}
}

func TestBuckets(t *testing.T) {
	s := local(t)
	s.RotateSalts()
	text := ok(t, "", "buckets", "-since", "2020-01-01T00:00:00+01:00")
	list := decode(t, ok(t, "", "buckets", "-since", "2020-01-01T00:00:00Z", "-json"))
	if len(list) == 0 || strings.Count(text, "\n") != len(list) || list[0]["bucket"] == nil || list[0]["last_updated"] == nil {
		t.Errorf("%d buckets", len(list))
	}
	if none := ok(t, "", "buckets", "-since", "2099-01-01T00:00:00Z"); none != "" {
		t.Error(none)
	}
}

func TestOptOutStatus(t *testing.T) {
	s := local(t)
	out, in := uid2test.TokenSpec{Email: "out@example.com"}, uid2test.TokenSpec{Email: "in@example.com"}
	at := time.Unix(1_700_000_000, 0)
	s.OptOutUser(out, at)
	lines := s.RawUID(out).Reveal() + "\nnonsense\n" + s.RawUID(in).Reveal() + "\n{\"raw_uid\":\"" + s.RawUID(out).Reveal() + "\"}\n{}\n{\n"
	for _, extra := range []string{"-quiet", "-private-operator"} {
		got := decode(t, ok(t, lines, "optout", "status", extra))
		if len(got) != 6 || got[3]["opted_out"] != true || got[4]["error"] == nil || got[5]["error"] == nil || got[0]["opted_out"] != true || got[0]["since"] != 1.7e12 || got[1]["error"] == nil || got[2]["opted_out"] != false || got[2]["since"] != nil {
			t.Error(got)
		}
	}
}

// TestMapsAllVectors maps every known spelling of an email and every known phone: the raw UID must
// be that of its hash.
func TestMapsAllVectors(t *testing.T) {
	local(t)
	v := fixtures.DII()
	for kind, vectors := range map[string]map[string]string{"email": {}, "phone": {}} {
		for _, e := range v.Emails {
			if kind == "email" {
				vectors[e.Text] = e.Hash
			}
		}
		for _, p := range v.Phones {
			if kind == "phone" {
				vectors[p.Text] = p.Hash
			}
		}
		var texts, hashes []string
		for text, hash := range vectors {
			if kind != "email" || !strings.HasPrefix(text, "optout@") {
				texts, hashes = append(texts, text), append(hashes, hash)
			}
		}
		byText := decode(t, ok(t, strings.Join(texts, "\n"), "map", "-kind", kind))
		byHash := decode(t, ok(t, strings.Join(hashes, "\n"), "map", "-kind", kind+"_hash"))
		for i, text := range texts {
			if byText[i]["raw_uid"] != byHash[i]["raw_uid"] || byText[i]["raw_uid"] == nil && byHash[i]["unmapped"] != "opted out" {
				t.Errorf("%q is not its hash: %v", text, byText[i]["unmapped"])
			}
		}
	}
	for kind, texts := range map[string][]string{"email": v.NoEmails, "phone": v.NoPhones} {
		for i, o := range decode(t, ok(t, strings.Join(texts, "\n")+"\n", "map", "-kind", kind)) {
			if o["unmapped"] != "invalid identifier" {
				t.Errorf("%q is taken for a %s", texts[i], kind)
			}
		}
	}
}
