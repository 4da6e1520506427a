package inspect

import (
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
