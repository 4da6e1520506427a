package strictjson

import (
	"encoding/binary"
	"math/bits"
)

// Skip skips any value. Strings, numbers and words are parsed strictly; for objects and arrays,
// only the end is looked for.
func (s *Scanner) Skip() (err error) {
	if s.lenient {
		return s.skipAny()
	}
	data, at, ok := s.Data, s.At, false
	switch c := s.Peek(); c {
	case '{', '[':
		at, err = endOfNested(data, at, MaxDepth-s.depth)
		ok = err == nil
	case '"':
		at, _, ok = endOfText(data, at+1)
	case 't':
		at, ok = endOfWord(data, at, "true")
	case 'f':
		at, ok = endOfWord(data, at, "false")
	case 'n':
		at, ok = endOfWord(data, at, "null")
	default:
		at, ok = endOfNumber(data, at)
	}
	switch {
	case err != nil:
		return err
	case !ok:
		return ErrMalformed
	}
	s.At = at
	return nil
}

// endOfWord returns the end of a word that must start at at.
func endOfWord(data []byte, at int, word string) (end int, ok bool) {
	end = at + len(word)
	return end, end <= len(data) && string(data[at:end]) == word
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t') }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// notPlain returns the highest bit of each of eight bytes that isn't plain text of a string: of
// quotation marks, backslashes and control characters. Only the lowest bit is always right, as that
// is what the well-known tests for a zero byte and for a byte less than another yield.
func notPlain(x uint64) uint64 {
	quote, backslash := x^(ones*'"'), x^(ones*'\\') // with x's highest bit of each byte
	return ((quote - ones) | (backslash - ones) | (x - ones*0x20)) &^ x & highs
}

// endOfText returns the position after a string's closing quotation mark, and whether the string
// has escape sequences. at is after the opening one.
func endOfText(data []byte, at int) (end int, escaped, ok bool) {
	for {
		for at+8 <= len(data) {
			if found := notPlain(binary.LittleEndian.Uint64(data[at:])); found != 0 {
				at += bits.TrailingZeros64(found) >> 3
				break
			}
			at += 8
		}
		for at < len(data) && data[at] >= 0x20 && data[at] != '"' && data[at] != '\\' {
			at++
		}
		if at >= len(data) || data[at] < 0x20 {
			return at, escaped, false
		}
		if data[at] == '"' {
			return at + 1, escaped, true
		}
		escaped = true
		if at, ok = endOfEscape(data, at+1); !ok {
			return at, escaped, false
		}
	}
}

// endOfEscape returns the end of an escape sequence. at is after its backslash.
func endOfEscape(data []byte, at int) (end int, ok bool) {
	if at >= len(data) {
		return at, false
	}
	switch data[at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return at + 1, true
	case 'u':
		return at + 5, at+5 <= len(data) && isHex(data[at+1]) && isHex(data[at+2]) && isHex(data[at+3]) && isHex(data[at+4])
	}
	return at, false
}

// endOfNumber returns the end of the number that starts at at.
func endOfNumber(data []byte, at int) (end int, ok bool) {
	if at < len(data) && data[at] == '-' {
		at++
	}
	if at < len(data) && data[at] == '0' {
		at++
	} else if at, ok = endOfDigits(data, at); !ok {
		return at, false
	}
	if at < len(data) && data[at] == '.' {
		if at, ok = endOfDigits(data, at+1); !ok {
			return at, false
		}
	}
	if at < len(data) && data[at]|0x20 == 'e' {
		at++
		if at < len(data) && (data[at] == '+' || data[at] == '-') {
			at++
		}
		return endOfDigits(data, at)
	}
	return at, true
}

// endOfDigits returns the end of one or more digits.
func endOfDigits(data []byte, at int) (end int, ok bool) {
	start := at
	for at < len(data) && data[at]-'0' <= 9 {
		at++
	}
	return at, at > start
}
