package codec_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

var encodings = map[string]*base64.Encoding{
	"standard":          base64.StdEncoding,
	"standard unpadded": base64.RawStdEncoding,
	"URL":               base64.URLEncoding,
	"URL unpadded":      base64.RawURLEncoding,
}

func TestDecodeEveryLength(t *testing.T) {
	dst := make([]byte, 400)
	for size := range 200 {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(0xFF - i*7 - size) // has every sextet, so both alphabets
		}
		for name, encoding := range encodings {
			text := encoding.EncodeToString(b)
			if n, ok := codec.Decode(dst, text); !ok || !bytes.Equal(dst[:n], b) {
				t.Errorf("%s, %d bytes: not decoded", name, size)
			}
			if n, ok := codec.Decode(dst, []byte(text)); !ok || !bytes.Equal(dst[:n], b) {
				t.Errorf("%s, %d bytes, from bytes: not decoded", name, size)
			}
			behind := bytes.Repeat([]byte{0xEE}, size+codec.DecodeSlack+64)
			if _, ok := codec.Decode(behind[:size+codec.DecodeSlack], text); !ok {
				t.Errorf("%s, %d bytes: refused a destination of just the right size", name, size)
			}
			if behind = behind[size+codec.DecodeSlack:]; bytes.Count(behind, []byte{0xEE}) != len(behind) {
				t.Errorf("%s, %d bytes: wrote past the destination", name, size)
			}
			if _, ok := codec.Decode(dst[:size+codec.DecodeSlack-1], text); ok {
				t.Errorf("%s, %d bytes: accepted a destination that is too short", name, size)
			}
		}
	}
}

func TestDecodeRefusesEveryOtherCharacterAnywhere(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
	dst := make([]byte, 128)
	for size := 2; size <= 100; size++ {
		if size%4 == 1 {
			continue
		}
		for at := range size {
			for c := range 256 {
				text := bytes.Repeat([]byte{'A'}, size)
				text[at] = byte(c)
				want := strings.IndexByte(alphabet, byte(c)) >= 0
				// '=' at the end is padding, and what is left must have a valid
				// length
				if c == '=' && at == size-1 {
					want = (size-1)%4 != 1
				}
				if _, ok := codec.Decode(dst, text); ok != want {
					t.Fatalf("%q: %v, want %v", text, ok, want)
				}
			}
		}
	}
}

func TestDecodeTexts(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
		ok   bool
	}{
		{"", "", true},
		{"=", "", true},
		{"==", "", true},
		{"===", "", false},
		{"A", "", false},
		{"A=", "", false},
		{"AA", "\x00", true},
		{"AA=", "\x00", true}, // one '=' of two: padding isn't checked
		{"AA==", "\x00", true},
		{"AA===", "", false},
		{"AAA==", "\x00\x00", true},
		{"AAAA==", "\x00\x00\x00", true},
		{"AB", "\x00", true}, // trailing bits are ignored
		{"AAAAA", "", false},
		{"+/-_", "\xfb\xff\xbf", true},
		{"AA\r\n", "", false},
		{"AA\n", "", false},
		{" AAA", "", false},
		{"AAA ", "", false},
		{"A=AA", "", false},
		{"AAAAAAA\x00", "", false},
		{"AAAA\u212a", "", false},
	} {
		dst := make([]byte, 40)
		n, ok := codec.Decode(dst, c.text)
		if ok != c.ok || ok && string(dst[:n]) != c.want {
			t.Errorf("%q: %x %v, want %x %v", c.text, dst[:n], ok, c.want, c.ok)
		}
	}
	for _, v := range fixtures.Base64URL() {
		dst := make([]byte, 40)
		if n, ok := codec.Decode(dst, v.Text); !ok || !bytes.Equal(dst[:n], v.Bytes) {
			t.Errorf("%s: %x %v", v.Text, dst[:n], ok)
		}
	}
}

// FuzzDecode: the fast decoder accepts the same texts as the plain one, and writes the same bytes.
func FuzzDecode(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(v.Text)
	}
	for n := range 5 {
		f.Add(strings.Repeat("-_+/", 8) + strings.Repeat("=", n))
		f.Add(strings.Repeat("A", 31+n) + "\x00")
		f.Add(strings.Repeat("z", 64) + strings.Repeat("9", n))
	}
	f.Add(strings.Repeat("UID2", 2000)) // long texts for the fuzzer to start from
	f.Fuzz(func(t *testing.T, text string) {
		room := base64.StdEncoding.DecodedLen(len(text)) + 3 + codec.DecodeSlack
		fast, plain := make([]byte, room), make([]byte, room)
		n, ok := codec.Decode(fast, text)
		m, want := codec.DecodePlain(plain, text)
		if ok != want || ok && (n != m || !bytes.Equal(fast[:n], plain[:m])) {
			t.Fatalf("%q: %x %v, the plain decoder says %x %v", text, fast[:n], ok, plain[:m], want)
		}
		if b, err := base64.StdEncoding.DecodeString(text); err == nil && !strings.ContainsAny(text, "\r\n") && (!ok || !bytes.Equal(fast[:n], b)) {
			t.Fatalf("%q: %x %v, the standard library says %x", text, fast[:n], ok, b)
		}
	})
}
