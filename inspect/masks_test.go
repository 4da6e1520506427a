package inspect

import (
	"encoding/json"
	"fmt"
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
		`["` + v3 + `A"]`:                              `["` + v3 + `A"]`,
		`["` + v2[1:] + `"]`:                           `["` + v2[1:] + `"]`,
		`["<é>` + "\\n" + `` + v3 + `"]`:               `["<é>\n` + masked + `"]`,
		`{"a":1,"b":[true]}`:                           `{"a":1,"b":[true]}`,
		`no JSON "` + v3 + `" "` + v3:                  `no JSON "•••" "` + v3,
		``:                                             ``,
	} {
		if got := string(Mask([]byte(text))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
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
