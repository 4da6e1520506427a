package envelope_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

func TestDecodeBase64(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		ok               bool
	}{
		{"empty", "", "", true},
		{"one byte", "/w==", "\xff", true},
		{"two bytes", "+/8=", "\xfb\xff", true},
		{"three bytes", "AAEC", "\x00\x01\x02", true},
		{"line feed inside", "AA\nEC", "", false},
		{"carriage return inside", "AA\rEC", "", false},
		{"line break at the end", "AAEC\r\n", "", false},
		{"space", "AAEC ", "", false},
		{"no padding", "/w", "", false},
		{"half the padding", "/w=", "", false},
		{"too much padding", "AAEC=", "", false},
		{"padding inside", "/w==AAEC", "", false},
		{"stray bits", "/x==", "", false},
		{"URL alphabet", "-_8=", "", false},
		{"one character", "A", "", false},
		{"NUL", "AAE\x00", "", false},
		{"not ASCII", "AAEé", "", false},
	} {
		got, err := envelope.DecodeBase64([]byte(c.text))
		switch {
		case c.ok && (err != nil || string(got) != c.want):
			t.Errorf("%s: %x, %v", c.name, got, err)
		case !c.ok && (err != envelope.ErrBase64 || got != nil):
			t.Errorf("%s: %x, %v, want ErrBase64 and nothing", c.name, got, err)
		}
	}
}
