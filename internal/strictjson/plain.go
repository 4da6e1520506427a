package strictjson

import (
	"encoding/binary"
	"math/bits"
)

// Plain returns the end of the object that starts at at, if it is written plainly, as nearly all
// are: its keys have ASCII characters without escape sequences, colons follow them at once, and
// none is a name for the second time or in another spelling. Of anything else, valid or not, the
// end is 0: a [Scanner] must say what that is.
//
// value is called for each member, with the number of the name that the key is, or Other. It
// returns the end of the value that starts at at, or 0.
func (n *Names) Plain(data []byte, at int, value func(data []byte, at, name int) (end int)) (end int) {
	seen := uint8(0)
	for at++; ; at++ {
		name, bit, end := n.plainKey(data, skipSpace(data, at))
		if end == 0 || seen&bit != 0 {
			return 0
		}
		seen |= bit
		if at = value(data, skipSpace(data, end), name); at == 0 {
			return 0
		}
		if at = skipSpace(data, at); at == len(data) {
			return 0
		}
		switch data[at] {
		case ',':
		case '}':
			return at + 1
		default:
			return 0
		}
	}
}

// plainKey reads a key that is written plainly, and its colon; of others the end is 0. bit is one
// for each name, and none for Other.
func (n *Names) plainKey(data []byte, at int) (name int, bit uint8, end int) {
	if at+9 > len(data) || data[at] != '"' {
		return Other, 0, 0
	}
	x := binary.LittleEndian.Uint64(data[at+1:])
	lower := x | ones*0x20 // of what may be in a string, letters become lower-case ones, and nothing else does
	for i := range n.words {
		if w := &n.words[i]; (lower^w.bytes)&w.mask == 0 {
			if (x^w.bytes)&w.mask != 0 {
				return Other, 0, 0 // another spelling
			}
			return i, 1 << i, at + w.length
		}
	}
	end = at + 9 // longer than any name
	if other := notPlain(x) | x&highs; other != 0 {
		end = at + 1 + bits.TrailingZeros64(other)>>3
	} else {
		end = endOfASCII(data, end)
	}
	if end+1 >= len(data) || data[end] != '"' || data[end+1] != ':' {
		return Other, 0, 0
	}
	return Other, 0, end + 2
}

// endOfASCII returns where the plain ASCII characters of a string end.
func endOfASCII(data []byte, at int) int {
	for at < len(data) && data[at]-0x20 < 0x60 && data[at] != '"' && data[at] != '\\' {
		at++
	}
	return at
}

// PlainArray returns the end of an array that starts at at and isn't empty, or 0. element returns
// the end of an element, or 0.
func PlainArray(data []byte, at int, element func(data []byte, at int) (end int)) (end int) {
	for at++; ; at++ {
		if at = element(data, skipSpace(data, at)); at == 0 {
			return 0
		}
		if at = skipSpace(data, at); at == len(data) {
			return 0
		}
		switch data[at] {
		case ',':
		case ']':
			return at + 1
		default:
			return 0
		}
	}
}

// PlainValue returns the end of a string without escape sequences, a number or a word that starts
// at at, or 0. Behind a string there must be something.
func PlainValue(data []byte, at int) (end int) {
	if at == len(data) {
		return 0
	}
	ok := false
	switch c := data[at]; {
	case c == '"':
		return plainText(data, at+1)
	case c-'0' <= 9, c == '-':
		end, ok = endOfNumber(data, at)
	case c == 't':
		end, ok = endOfWord(data, at, "true")
	case c == 'f':
		end, ok = endOfWord(data, at, "false")
	case c == 'n':
		end, ok = endOfWord(data, at, "null")
	}
	if !ok {
		return 0
	}
	return end
}

// plainText is endOfText for a string without escape sequences that isn't at the end of the data.
func plainText(data []byte, at int) (end int) {
	for at+8 <= len(data) {
		if other := notPlain(binary.LittleEndian.Uint64(data[at:])); other != 0 {
			if at += bits.TrailingZeros64(other) >> 3; data[at] == '"' {
				return at + 1
			}
			return 0
		}
		at += 8
	}
	return 0
}

// IsPlain reports whether a text stands in a string as it is, and has ASCII characters alone.
func IsPlain(text string) bool {
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64([]byte(text[:8]))
		if (notPlain(x)|x)&highs != 0 {
			return false
		}
	}
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

func skipSpace(data []byte, at int) int {
	for at < len(data) && isSpace(data[at]) {
		at++
	}
	return at
}
