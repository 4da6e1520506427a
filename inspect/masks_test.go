package inspect

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	v2, v3 := strings.Repeat("A", 42)+"E", strings.Repeat("Z", 43)+"_"
	for text, want := range map[string]string{
		`{"raw":"` + v2 + `="}`:                        `{"raw":"•••"}`,
		`{"raw":"` + v2 + `"}`:                         `{"raw":"•••"}`,
		`["` + v3 + `","` + v3 + `"]`:                  `["•••","•••"]`,
		`{"` + v3 + `":1}`:                             `{"•••":1}`,
		`["uid=` + v2 + `=,` + v3 + `; x"]`:            `["uid=•••,•••; x"]`,
		`["` + v3[:43] + `\u005f","\/` + v2[1:] + `"]`: `["•••","•••"]`,
		`["` + v2 + `AA"]`:                             `["` + v2 + `AA"]`,
		`["` + v2[1:] + `"]`:                           `["` + v2[1:] + `"]`,
		`["<é>` + "\\n" + `` + v3 + `"]`:               `["<é>\n` + Masked + `"]`,
		`{"a":1,"b":[true]}`:                           `{"a":1,"b":[true]}`,
		`no JSON "` + v3 + `" "` + v3:                  `no JSON "•••" "•••`,
		``:                                             ``,
	} {
		if got := string(Mask([]byte(text))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestMaskInURLs: a raw UID is masked in a path, percent-encoded, and in hexadecimal; a token isn't.
func TestMaskInURLs(t *testing.T) {
	raw := strings.Repeat("A", 42) + "E="
	token := strings.Repeat("A", 100) + "-" + strings.Repeat("B", 44) + "_" + strings.Repeat("C", 60)
	for text, want := range map[string]string{
		"https://example.com/users/" + raw:                                      "https://example.com/users/" + Masked,
		"https://example.com/u/" + raw[:43] + "/next":                           "https://example.com/u/" + Masked + "/next",
		"?uid=" + url.QueryEscape("+/+/"+raw[4:]) + "&x=1":                      "?uid=" + Masked + "&x=1",
		"?uid=" + strings.ToLower(url.QueryEscape("+/+/")) + raw[4:43] + "&x=1": "?uid=" + Masked + "&x=1",
		"id-" + raw: "id-" + Masked,
		"hex:" + strings.Repeat("01aF", 16) + ";" + strings.Repeat("0b", 33) + "!": "hex:" + Masked + ";" + Masked + "!",
		strings.Repeat("01aF", 16) + "g":                                           strings.Repeat("01aF", 16) + "g",
		raw[:43] + "/" + raw:                                                       Masked + Masked,
		token:                                                                      token,
	} {
		if got := maskRuns(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// A raw UID of anybody, in any text that a report quotes, isn't shown; nor are the first characters of
// one, where a long text is cut off.
func TestWhatIsQuotedIsMasked(t *testing.T) {
	w := newRequestWorld(t)
	raw := strings.Repeat("Ab1", 14) + "E="
	for _, text := range []string{raw, "x " + raw, strings.Repeat(".", maxShown-10) + raw} {
		for _, request := range []string{
			`{"site":{"domain":"%s"}}`, `{"app":{"bundle":"%s"}}`, `{"user":{"keywords":"%s","eids":[{"source":"%[1]s","uids":[{"id":"%[1]s"}]}]}}`,
			`{"user":{"consent":"%s","geo":{"country":"%[1]s"},"ext":{"consent":"%[1]s","eids":[{"source":"%[1]s","%[1]s":1}]}}}`,
			`{"regs":{"us_privacy":"%s","gpp":"%[1]s","ext":{"us_privacy":"%[1]s","gpp":"%[1]s","gpc":"%[1]s","gdpr":"%[1]s","gpp_sid":"%[1]s"}}}`,
			`{"device":{"geo":{"country":"%s"}},"regs":{"coppa":"%[1]s"}}`, `{"user":{"eids":[],"Eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`,
		} {
			filled := fmt.Sprintf(request, text)
			report, err := json.Marshal(w.inspect(t, filled))
			if err != nil {
				t.Fatal(err)
			}
			if start := strings.ToLower(raw[:8]); strings.Contains(strings.ToLower(string(report)), start) {
				t.Errorf("%s: %s", filled, report)
			}
		}
	}
}
