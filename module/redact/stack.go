package redact

// token is one character of the text, or one that an escape stands for.
type token struct {
	values uint64 // the base64 values up to this token, six bits each, the last one lowest
	start  int    // where its text starts; it ends where that of the next token starts
	run    int32  // how many base64 characters end here without another character between them
	since  int32  // how many tokens ago the last % or backslash was
	char   byte
	depth  uint8 // how many escapes it is wrapped in; 0 stands in the text as it is
}

// stack holds the last tokens of a text. It drops old ones rather than grow.
type stack struct {
	tokens [256]token
	n      int
	steps  int // what was done beside pushing, for the test of what it costs
}

// far is longer ago than any escape reaches.
const far = 1 << 20

// escapeReach is how many tokens follow the backslash of the longest escape.
const escapeReach = 5

// reset empties the stack. The token at the bottom belongs to no text.
func (s *stack) reset() {
	s.tokens[0] = token{since: far}
	s.n = 1
}

func (s *stack) top() *token { return &s.tokens[s.n-1] }

// push adds a character, of so many escapes, and replaces what has become an escape by it.
func (s *stack) push(c byte, start int, depth uint8) {
	for {
		s.add(c, start)
		t := s.top()
		t.depth = depth
		if t.since > escapeReach && c != ';' {
			return
		}
		char, width := s.escape()
		if width == 0 {
			return
		}
		s.n -= width
		first := &s.tokens[s.n]
		if char != '\\' || width > 2 { // not two backslashes
			depth = first.depth + 1
		}
		c, start = char, first.start
		s.steps++
	}
}

func (s *stack) add(c byte, start int) {
	if s.n == len(s.tokens) {
		s.n = copy(s.tokens[:], s.tokens[len(s.tokens)/2:])
	}
	before, t := &s.tokens[s.n-1], &s.tokens[s.n]
	s.n++
	t.start, t.char = start, c
	t.values, t.run, t.since, t.depth = 0, 0, before.since+1, 0
	switch v := values[c]; {
	case v < other:
		t.values, t.run = before.values<<6|uint64(v), before.run+1
	case c == '%', c == '\\':
		t.since = 0
	}
}

// escape reports the escape that ends with the last token: the character it stands for, and of how many tokens it is.
func (s *stack) escape() (char byte, width int) {
	t := s.top()
	switch {
	case t.char == ';':
		return s.reference()
	case t.char == '\\':
		// Any number of them count as one. But behind one that was escaped, one that wasn't begins an escape of its own.
		if before := &s.tokens[max(s.n-2, 0)]; before.char == '\\' && before.depth <= t.depth && s.n > 1 {
			return '\\', 2
		}
		return 0, 0
	case t.since > escapeReach || int(t.since) >= s.n-1:
		return 0, 0
	}
	e := s.tokens[s.n-1-int(t.since) : s.n]
	switch backslash := e[0].char == '\\'; {
	case len(e) == 2 && backslash && isSign(t.char):
		return t.char, 2
	case len(e) == 3 && !backslash:
		return hexByte(e[1:])
	case len(e) == 4 && backslash && e[1].char == 'x':
		return hexByte(e[1:])
	case len(e) == 6 && backslash && e[1].char == 'u' && e[2].char == '0' && e[3].char == '0':
		return hexByte(e[1:])
	}
	return 0, 0
}

// isSign reports whether c is one of the signs of base64, each of which some language lets one escape by itself.
func isSign(c byte) bool { return c == '+' || c == '/' || c == '-' || c == '_' || c == '=' }

// hexByte reads the last two tokens of an escape, of which the first one is missing.
func hexByte(e []token) (char byte, width int) {
	high, low := hexDigits[e[len(e)-2].char], hexDigits[e[len(e)-1].char]
	if high > 15 || low > 15 {
		return 0, 0
	}
	return high<<4 | low, len(e) + 1
}

// maxReference is the length of the longest character reference that is understood; leading zeros count.
const maxReference = 32

// reference reads the character reference that the semicolon on top ends.
func (s *stack) reference() (char byte, width int) {
	var name [maxReference]byte
	at := len(name)
	for i := s.n - 2; i >= 0; i-- {
		s.steps++
		c := s.tokens[i].char
		if c == '&' {
			if char, ok := referenced(name[at:]); ok {
				return char, s.n - i
			}
			return 0, 0
		}
		if at == 0 || !(c == '#' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
			return 0, 0
		}
		at--
		name[at] = c
	}
	return 0, 0
}

// referenced returns the character of a reference, as far as a raw UID or an escape may have it.
func referenced(name []byte) (byte, bool) {
	if len(name) > 1 && name[0] == '#' {
		if name[1]|0x20 == 'x' {
			return number(name[2:], 16)
		}
		return number(name[1:], 10)
	}
	char, ok := references[string(name)]
	return char, ok
}

func number(digits []byte, base int) (byte, bool) {
	n := 0
	for _, c := range digits {
		d := int(hexDigits[c])
		if n = n*base + d; d >= base || n > 0xFF {
			return 0, false
		}
	}
	return byte(n), len(digits) > 0
}

// references are the characters that have names in HTML. The two of the hyphen name another one, but may be taken for it.
var references = map[string]byte{
	"plus": '+', "sol": '/', "equals": '=', "lowbar": '_', "UnderBar": '_', "hyphen": '-', "dash": '-',
	"amp": '&', "AMP": '&', "num": '#', "semi": ';', "percnt": '%', "bsol": '\\',
}

// What a byte is, in values.
const (
	other = 64 // may be part of an escape
	ends  = 65 // may be part of nothing
)

var (
	values    [256]uint8 // of base64 characters of both alphabets 0 to 63
	hexDigits [256]uint8 // 0 to 15, and 255
)

func init() {
	for c := range values {
		values[c], hexDigits[c] = ends, 255
	}
	for v, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		values[c] = uint8(v)
	}
	values['-'], values['_'] = values['+'], values['/']
	for _, c := range `\%&#;` {
		values[c] = other
	}
	for v, c := range "0123456789abcdef" {
		hexDigits[c] = uint8(v)
	}
	for v, c := range "ABCDEF" {
		hexDigits[c] = uint8(10 + v)
	}
}
