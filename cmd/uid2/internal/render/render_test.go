package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/keyset"
)

var update = flag.Bool("update", false, "write the golden files")

// inspector has the golden keys.
func inspector(t *testing.T) *inspect.Inspector {
	t.Helper()
	keys, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		t.Fatal(err)
	}
	i, err := inspect.New(inspect.Config{Keys: map[codec.Scope]bidstream.KeySource{codec.ScopeUID2: keyset.Static(keys)}})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// reports are one of each kind.
func reports(t *testing.T) map[string]inspect.Report {
	t.Helper()
	i := inspector(t)
	good := fixtures.Token("G3").Text
	of := func(text string) inspect.Report {
		return i.Inspect(inspect.Input{Text: text, NowMs: fixtures.NowMs, Name: "example.com"})
	}
	expired := i.Inspect(inspect.Input{Text: fixtures.Token("S1").Text, NowMs: 1771070400000 + 2*3600*1000})
	return map[string]inspect.Report{
		"success": of(good), "expired": expired, "version2": of(fixtures.Token("G10").Text), "cut": of(good[:120]), "changed": of(good[:60] + "xx" + good[62:]),
		"rawuid": of(fixtures.RawUIDVectors()[2].UID), "unknown": of("nonsense"), "keys": of(string(fixtures.Answer("golden-uid2"))),
		"identity": of(` {"advertising_token":"` + good + `","refresh_token":"r","identity_expires":1768482000000,"refresh_from":1768474800000,"refresh_expires":1771000000000} `),
		"request":  {Kind: inspect.KindRequest, Summary: "A bid request.", Request: request(of(good).Token)},
	}
}

// request is a report on a bid request in which a hostile sender wrote.
func request(token *inspect.Token) *inspect.Request {
	return &inspect.Request{
		OpenRTB: "2.6", Name: "example.com", NameFrom: "site.domain", Notes: []string{"A note."},
		UIDs: []inspect.UID{
			{Path: "user.eids[0].uids[0]", Source: "uidapi.com", Found: true, Token: token, Forgery: true},
			{Path: "user.eids[1].uids[0]", Source: "\x1b[2Jevil\u202e.com", Why: "its source is neither uidapi.com nor euid.eu"},
		},
		Gates:      []inspect.Gate{{Reason: "coppa", Why: "regs.coppa is 0"}, {Reason: "gdpr", Closed: true, Why: "no consent for purpose 4"}},
		Signals:    []inspect.Signal{{Path: "user.consent", Kind: "TCF", Value: strings.Repeat("C", 90), Parts: []string{"purpose 1: consent", "purpose 4: none"}, Closes: "gdpr"}},
		Deliveries: []inspect.Delivery{{Mode: "annotate", Difference: []inspect.Line{{Op: "=", Text: "{"}, {Op: "+", Text: `  "ext": {}` + strings.Repeat("x", 200)}, {Op: "-", Text: "}"}, {Op: "…", Text: "7 lines"}}}},
	}
}

// TestGolden compares reports of every kind with files; -update writes them. No line is longer than
// 100 columns, and none has a control character or a space at its end.
func TestGolden(t *testing.T) {
	for name, report := range reports(t) {
		var out strings.Builder
		if err := Report(&out, &report, Options{Zone: time.FixedZone("CET", 3600)}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if columns := utf8.RuneCountInString(line); columns > defaultWidth || strings.TrimRight(line, " ") != line || strings.ContainsAny(line, "\x1b\u202e\t") {
				t.Errorf("%s: %d columns: %q", name, columns, line)
			}
		}
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != out.String() {
			t.Errorf("%s: not as in %s:\n%s", name, path, out.String())
		}
	}
}

// TestColours only add to what is written without them.
func TestColours(t *testing.T) {
	for name, report := range reports(t) {
		var coloured, plain strings.Builder
		if err := Report(&coloured, &report, Options{Colour: true}); err != nil {
			t.Fatal(err)
		}
		if err := Report(&plain, &report, Options{}); err != nil {
			t.Fatal(err)
		}
		text := coloured.String()
		for _, s := range []style{bold, faint, red, green, amber, "0"} {
			text = strings.ReplaceAll(text, "\x1b["+string(s)+"m", "")
		}
		if lines(text) != lines(plain.String()) || text == coloured.String() {
			t.Errorf("%s:\n%s\nand\n%s", name, text, plain.String())
		}
	}
}

// lines is a text without the spaces at the ends of its lines.
func lines(text string) string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		all = append(all, strings.TrimRight(line, " "))
	}
	return strings.Join(all, "\n")
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"a b c":                 "a b c",
		"one two three":         "one|two three",
		"abcdefghijklmn":        "abcde|fghijklmn",
		"ab cdefghijklmnopq rs": "ab|cdefghijkl|mnopq rs",
	} {
		if got := strings.Join(wrap(text, 5, 10), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
