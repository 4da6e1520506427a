package hostile_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/hostile"
)

// Raw UIDs of 32 and 33 bytes, with every character that encodings change.
const (
	rawV2 = "ywsvDNINiZOVSsfkHpLpSJzXzhr6Jx9Z/4Q0+EXEvUM="
	rawV4 = "A4AbC+d/EfGhIjKlMnOpQrStUvWx+z0123456789+/Ab"
)

func TestSearchFindsEveryEncoding(t *testing.T) {
	search := hostile.NewSearch([]string{rawV2, rawV4})
	wraps := map[string]func(string) string{
		"text":          func(text string) string { return "before " + text + " after" },
		"JSON":          func(text string) string { return marshal(t, map[string]string{"a": text}) },
		"JSON in JSON":  func(text string) string { return marshal(t, marshal(t, marshal(t, map[string]string{"a": text}))) },
		"URL":           func(text string) string { return "https://example.com/?u=" + url.QueryEscape(text) },
		"URL in JSON":   func(text string) string { return marshal(t, "https://example.com/?u="+url.QueryEscape(text)) },
		"quoted by Go":  func(text string) string { return fmt.Sprintf("%q", text) },
		"right beside":  func(text string) string { return `\\` + text + `%` },
		"the same once": func(text string) string { return text },
	}
	for i, raw := range []string{rawV2, rawV4} {
		for _, encoding := range hostile.Encodings() {
			for name, wrap := range wraps {
				found := search.In([]byte(wrap(encoding.Encode(raw))))
				if len(found) != 1 || found[0].Raw != i || !found[0].Whole {
					t.Errorf("encoding %d in %s, raw UID %d: found %v", encoding, name, i, found)
				}
			}
		}
	}
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSearchFindsParts(t *testing.T) {
	search := hostile.NewSearch([]string{rawV2})
	for from := 0; from < 20; from++ {
		part := rawV2[from : from+22]
		found := search.In([]byte("error found in #10 byte of ...|" + part + "|..."))
		if len(found) != 1 || found[0].Whole {
			t.Errorf("22 characters from %d: found %v", from, found)
		}
	}
	for _, text := range []string{"", "%", `\`, "&", "&#", "&#x;", `\u00`, "%4", "&nosuch;", rawV2[:19], strings.ToLower(rawV2), strings.Repeat("A", 100)} {
		if found := search.In([]byte(text)); len(found) != 0 {
			t.Errorf("%q: found %v", text, found)
		}
	}
}
