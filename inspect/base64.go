package inspect

import (
	"encoding/base64"
	"strings"
)

// decoded is as much of a base64 text as can be read.
type decoded struct {
	bytes   []byte
	bad     int  // position of the first character that isn't base64, from 0; -1 if there is none
	badRune rune // that character
	single  bool // one character is left over, which holds no whole byte
}

// whole reports whether all of the text was read.
func (d *decoded) whole() bool { return d.bad < 0 && !d.single }

// isBase64 reports whether a character is in either alphabet.
func isBase64(r rune) bool {
	return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("+/-_", r)
}

// standardAlphabet maps the URL-safe alphabet to the standard one.
var standardAlphabet = strings.NewReplacer("-", "+", "_", "/")

// decodeBase64 reads base64 in either alphabet, padded or not, up to the first character that isn't.
func decodeBase64(text string) decoded {
	unpadded := text
	for range 2 {
		unpadded = strings.TrimSuffix(unpadded, "=")
	}
	d := decoded{bad: -1}
	for at, r := range unpadded {
		if !isBase64(r) {
			d.bad, d.badRune = at, r
			unpadded = unpadded[:at]
			break
		}
	}
	if len(unpadded)%4 == 1 {
		d.single = true
		unpadded = unpadded[:len(unpadded)-1]
	}
	d.bytes, _ = base64.RawStdEncoding.DecodeString(standardAlphabet.Replace(unpadded)) // nothing else is left
	return d
}

// alphabet returns which of the two a text uses, as far as it shows.
func alphabet(text string) string {
	switch urlSafe, standard := strings.ContainsAny(text, "-_"), strings.ContainsAny(text, "+/"); {
	case urlSafe && standard:
		return "mixed"
	case urlSafe:
		return "URL-safe"
	case standard:
		return "standard"
	}
	return "either"
}
