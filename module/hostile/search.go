package hostile

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// Search finds raw UIDs in text. It takes one layer of escapes off after the other, of all kinds at
// once, and looks for every piece of a raw UID in what is there before and after each.
type Search struct {
	cores  []string // in the standard alphabet, without padding
	pieces map[uint64]piece
	filter [1 << 10]uint64 // a bit for each hash of a piece
}

// piece is eight characters of a raw UID.
type piece struct{ raw, at int }

const (
	pieceLen = 8
	// leastPart is how long a part of a raw UID must be to count, as an error text may cut it off.
	leastPart = 20
	// maxLayers bounds the layers of escapes that are taken off.
	maxLayers = 12
)

// Found is a raw UID in a text.
type Found struct {
	Raw   int  // its index
	Whole bool // all of it, not a part
}

// NewSearch takes the raw UIDs as base64 text.
func NewSearch(raws []string) *Search {
	s := &Search{pieces: map[uint64]piece{}}
	for i, raw := range raws {
		core := strings.TrimRight(raw, "=")
		s.cores = append(s.cores, core)
		for at := 0; at+pieceLen <= len(core); at += pieceLen {
			key := binary.BigEndian.Uint64([]byte(core[at:]))
			s.pieces[key] = piece{i, at}
			h := hash(key)
			s.filter[h>>6] |= 1 << (h & 63)
		}
	}
	return s
}

func hash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 48 }

// alphabet maps both base64 alphabets to the standard one, and everything else to 0.
var alphabet = func() (table [256]byte) {
	for c := range 256 {
		if isLetter(byte(c)) || c >= '0' && c <= '9' || c == '+' || c == '/' {
			table[c] = byte(c)
		}
	}
	table['-'], table['_'] = '+', '/'
	return table
}()

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// In returns what is in a text, each raw UID once.
func (s *Search) In(text []byte) (found []Found) {
	for range maxLayers {
		s.scan(text, func(raw int, whole bool) {
			i := slices.IndexFunc(found, func(f Found) bool { return f.Raw == raw })
			switch {
			case i < 0:
				found = append(found, Found{raw, whole})
			case whole && !found[i].Whole: // its escapes had cut it into parts
				found[i] = Found{raw, whole}
			}
		})
		peeled, changed := peel(text)
		if !changed {
			break
		}
		text = peeled
	}
	return found
}

// scan reports what stands in text as it is.
func (s *Search) scan(text []byte, report func(raw int, whole bool)) {
	var key uint64
	run := 0
	for i, c := range text {
		c = alphabet[c]
		if c == 0 {
			run = 0
			continue
		}
		key = key<<8 | uint64(c)
		if run++; run < pieceLen {
			continue
		}
		if h := hash(key); s.filter[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		if p, ok := s.pieces[key]; ok {
			core := s.cores[p.raw]
			if n := matching(text, i+1-pieceLen, core, p.at); n >= leastPart {
				report(p.raw, n == len(core))
			}
		}
	}
}

// matching is how long core stands in text around a place where both agree.
func matching(text []byte, inText int, core string, inCore int) int {
	from := 0
	for from < inCore && from < inText && alphabet[text[inText-from-1]] == core[inCore-from-1] {
		from++
	}
	to := 0
	for inCore+to < len(core) && inText+to < len(text) && alphabet[text[inText+to]] == core[inCore+to] {
		to++
	}
	return from + to
}

// peel takes one layer of escapes off: of JSON, of URLs and of HTML, wherever they stand.
func peel(text []byte) (peeled []byte, changed bool) {
	copied := 0
	for i := 0; i < len(text); {
		if c := text[i]; c != '\\' && c != '%' && c != '&' {
			i++
			continue
		}
		char, n := unescape(text[i:])
		if n == 0 {
			i++
			continue
		}
		if peeled == nil {
			peeled = make([]byte, 0, len(text))
		}
		peeled = utf8.AppendRune(append(peeled, text[copied:i]...), char)
		i += n
		copied = i
	}
	if copied == 0 {
		return text, false
	}
	return append(peeled, text[copied:]...), true
}

// unescape returns the character whose escape text begins with, and the escape's length, or 0.
func unescape(text []byte) (rune, int) {
	switch text[0] {
	case '\\':
		return unescapeJSON(text)
	case '%':
		return number(text, 1, 16, 2, 2)
	}
	return unescapeHTML(text)
}

func unescapeJSON(text []byte) (rune, int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '\\', '/', '"', '\'':
		return rune(text[1]), 2
	case 'b', 'f', 'n', 'r', 't':
		return ' ', 2
	case 'u':
		return number(text, 2, 16, 4, 4)
	case 'x':
		return number(text, 2, 16, 2, 2)
	}
	return 0, 0
}

// references are the names that HTML has for the characters that matter here.
var references = map[string]rune{"plus": '+', "sol": '/', "equals": '=', "lowbar": '_', "hyphen": '-', "dash": '-',
	"amp": '&', "quot": '"', "apos": '\'', "bsol": '\\', "num": '#', "semi": ';', "percnt": '%', "lt": '<', "gt": '>'}

func unescapeHTML(text []byte) (char rune, n int) {
	if len(text) > 2 && text[1] == '#' {
		if text[2]|0x20 == 'x' {
			char, n = number(text, 3, 16, 1, 6)
		} else {
			char, n = number(text, 2, 10, 1, 7)
		}
	} else {
		for n = 1; n < len(text) && n < 8 && isLetter(text[n]); n++ {
		}
		var known bool
		if char, known = references[string(text[1:n])]; !known {
			return 0, 0
		}
	}
	if n > 0 && n < len(text) && text[n] == ';' {
		n++
	}
	return char, n
}

// number reads between least and most digits that begin at from.
func number(text []byte, from, base, least, most int) (value rune, n int) {
	for n = from; n < len(text) && n < from+most; n++ {
		digit := strings.IndexByte("0123456789abcdef", text[n]|0x20)
		if text[n] < '0' || digit < 0 || digit >= base || text[n] > '9' && !isLetter(text[n]) {
			break
		}
		value = value*rune(base) + rune(digit)
	}
	if n < from+least {
		return 0, 0
	}
	return value, n
}
