package main

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// kinds returns the kind of each report in lines of JSON.
func kinds(t *testing.T, out string) (all []string) {
	t.Helper()
	for _, report := range decode(t, out) {
		all = append(all, report["kind"].(string))
	}
	return all
}

// TestInspectReveals: a raw UID is shown only if it was asked for, as text and as JSON.
func TestInspectReveals(t *testing.T) {
	v := fixtures.Token("G6")
	args := []string{"inspect", "-keys", golden(t), "-now", goldenNow, "-domain", "example.com"}
	for _, form := range []string{"-json=false", "-json"} {
		for _, extra := range []string{"-reveal=false", "-reveal"} {
			out := ok(t, v.Text+"\n", append(args, form, extra)...)
			if strings.Contains(strings.Join(strings.Fields(out), ""), v.UID) != (extra == "-reveal") || !strings.Contains(out, "Success") || !strings.Contains(out, "5002") {
				t.Errorf("%s %s:\n%s", form, extra, out)
			}
		}
	}
}

// TestInspectTexts: each argument and each line is a text, and a document of several lines is one.
func TestInspectTexts(t *testing.T) {
	token := fixtures.Token("G3").Text
	identity := `{"advertising_token":"` + token + `","refresh_token":"r","identity_expires":1,"refresh_from":1,"refresh_expires":1}`
	var indented strings.Builder
	for part := range strings.SplitAfterSeq(identity, ",") {
		indented.WriteString(part + "\n")
	}
	for in, want := range map[string]string{
		token:                               "token",
		token + "\n" + token + "\r\n":       "token token",
		"UID2:" + token + "\n\nnonsense\n":  "token unknown unknown",
		identity:                            "identity",
		" " + indented.String():             "identity",
		identity + "\n\n" + identity + "\n": "identity unknown identity",
		"{\n":                               "unknown",
		strings.Repeat("[", 2<<20):          "unknown",
		strings.Repeat("A", 2<<20) + "\n" + token: "unknown token",
		"": "",
	} {
		if got := strings.Join(kinds(t, ok(t, in, "inspect", "-json")), " "); got != want {
			t.Errorf("%.40q: %q, want %q", in, got, want)
		}
	}
	if got := kinds(t, ok(t, "", "inspect", "-json", token, identity, fixtures.RawUIDVectors()[0].UID)); strings.Join(got, " ") != "token identity raw_uid" {
		t.Error(got)
	}
	a := &app{in: io.MultiReader(strings.NewReader(token+"\n"), iotest.ErrReader(errors.New("the disk is on fire"))), out: io.Discard, err: io.Discard, now: time.Now}
	if code := a.run(t.Context(), []string{"uid2", "inspect"}); code != exitInput {
		t.Errorf("an input that fails: exit code %d", code)
	}
}

// TestInspectAnswer: the secret that opens an answer comes from its file, or is the client's.
func TestInspectAnswer(t *testing.T) {
	p := fixtures.Publisher()
	body, _ := json.Marshal(p.RefreshOptOut.Body)
	key, _ := json.Marshal(p.RefreshOptOut.Key)
	text, key64 := strings.Trim(string(body), `"`), strings.Trim(string(key), `"`)
	if out := ok(t, text, "inspect", "-secret", write(t, key64+"\n")); !strings.Contains(out, "opted out") || strings.Contains(out, key64) {
		t.Error(out)
	}
	if out := ok(t, text, "inspect"); !strings.Contains(out, "not opened") {
		t.Error(out)
	}
	t.Setenv("UID2_CLIENT_SECRET", key64)
	if out := ok(t, text, "inspect"); !strings.Contains(out, "opted out") {
		t.Error(out)
	}
	if r := uid2(t, text, "inspect", "-secret", "no such file"); r.code != exitInput {
		t.Errorf("exit code %d", r.code)
	}
}

// TestInspectRoles: a token between sharers needs no name.
func TestInspectRoles(t *testing.T) {
	args := []string{"inspect", "-keys", golden(t), "-now", goldenNow, fixtures.Token("G6").Text}
	if out := ok(t, "", args...); !strings.Contains(out, "DomainOrAppNameCheckFailed") {
		t.Error(out)
	}
	if out := ok(t, "", append([]string{"inspect", "-role", "sharing"}, args[1:]...)...); !strings.Contains(out, "Success") {
		t.Error(out)
	}
}

// TestInspectWithTheOperatorsAnswer: what the local operator sends is explained.
func TestInspectWithTheOperatorsAnswer(t *testing.T) {
	s := local(t)
	answer := string(s.KeyAnswer(s.Client(), uid2test.PathSharing))
	if out := ok(t, answer, "inspect"); !strings.Contains(out, "/v2/key/sharing") || !strings.Contains(out, "master") {
		t.Error(out)
	}
	identity := ok(t, "", "generate", "-email", "user@example.com")
	if out := ok(t, identity, "inspect", "-keys", write(t, answer)); !strings.Contains(out, "refreshable") || !strings.Contains(out, "Success") {
		t.Error(out)
	}
}

// TestInspectColours: colours are for terminals, and never in JSON.
func TestInspectColours(t *testing.T) {
	for _, colour := range []bool{false, true} {
		for _, form := range []string{"-json=false", "-json"} {
			var out strings.Builder
			a := &app{in: strings.NewReader(""), out: &out, err: io.Discard, now: time.Now, colour: colour}
			if code := a.run(t.Context(), []string{"uid2", "inspect", form, fixtures.Token("G3").Text}); code != exitOK {
				t.Fatal(code)
			}
			if got := strings.Contains(out.String(), "\x1b["); got != (colour && form != "-json") {
				t.Errorf("colour %t, %s: %q", colour, form, out.String())
			}
			for line := range strings.Lines(out.String()) {
				if columns := utf8.RuneCountInString(strings.TrimRight(line, "\n")); !colour && form != "-json" && columns > 100 {
					t.Errorf("%d columns: %s", columns, line)
				}
			}
		}
	}
}

// TestInspectGates: a request meets the gates that a module has without settings.
func TestInspectGates(t *testing.T) {
	out := ok(t, `{"imp":[],"regs":{"coppa":1},"user":{"eids":[]}}`, "inspect", "-json")
	if !strings.Contains(out, `{"reason":"coppa","closed":true`) || strings.Contains(out, "switched this gate off") {
		t.Error(out)
	}
}
