package redact_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

func TestParts(t *testing.T) {
	raws := manyRaws(3)
	raw := strings.TrimRight(raws[1], "=")
	other := strings.NewReplacer("+", "-", "/", "_").Replace(raw)
	set := redact.New(raws)
	for _, c := range []struct {
		text, want string
		found      int
	}{
		{"", "", 0},
		{"lookup " + raw[:9] + ": no such host", "lookup " + raw[:9] + ": no such host", 0},
		{"lookup " + raw[:10] + ": no such host", "lookup REDACTED: no such host", 1},
		{"lookup " + raw[3:13] + ": no such host", "lookup REDACTED: no such host", 1},
		{"lookup " + raw[len(raw)-10:] + ":80", "lookup REDACTED:80", 1},
		{raw, "REDACTED", 1},
		{raws[0], "REDACTED=", 1},
		{other[:30], "REDACTED", 1},
		{raw[:20] + "x" + raw[20:], "REDACTEDxREDACTED", 2},
		{raw[:12] + "," + raw[:9] + "," + raw[5:16], "REDACTED," + raw[:9] + ",REDACTED", 2},
		{"x" + raw[:12] + "x", "xREDACTEDx", 1},
		{strings.TrimRight(raws[0], "=")[:15] + strings.TrimRight(raws[2], "=")[:15], "REDACTEDREDACTED", 2},
		{raw[:9] + " " + raw[9:18], raw[:9] + " " + raw[9:18], 0},
	} {
		text := []byte(c.text)
		got, found := set.Parts(text)
		if string(got) != c.want || found != c.found {
			t.Errorf("%q: %q, %d found; want %q, %d", c.text, got, found, c.want, c.found)
		}
		if string(text) != c.text {
			t.Errorf("%q was changed", c.text)
		}
	}
}

// A part that an escape seems to begin takes the escape with it, so that JSON stays JSON.
func TestPartsBehindAnEscape(t *testing.T) {
	raw := rawWith("n0123456789", "")
	for _, text := range []string{`"\n0123456789x"`, `"\u00e90123456789x"`, `"\\n0123456789x"`} {
		got, found := redact.New([]string{raw}).Parts([]byte(text))
		if found != 1 || !json.Valid(got) || strings.Contains(string(got), "123456789") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestShortestPart: ten characters are a part, at the start of a text and behind what is none, and nine are none.
func TestShortestPart(t *testing.T) {
	raw := "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE="
	for text, want := range map[string]int{raw[:10]: 1, raw[5:15]: 1, raw[:9]: 0, raw[:9] + "." + raw[9:18]: 0, "x. " + raw[3:13]: 1} {
		if _, n := redact.New([]string{raw}).Parts([]byte(text)); n != want {
			t.Errorf("%s: %d", text, n)
		}
	}
}
