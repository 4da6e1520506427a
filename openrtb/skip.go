package openrtb

import (
	"encoding/binary"
	"math/bits"
)

// skip reads any value. Most of a request is skipped, so this is the scanner's own loop, without a call for each value: it
// reads what value, object and array of the plain scanner in the tests read, and fails where they fail.
func (s *scanner) skip() error {
	data, at, depth := s.data, s.at, s.depth
	var objects [MaxDepth/64 + 1]uint64 // a bit for each depth: it is an object
	var ok bool

value:
	for at < len(data) && isSpace(data[at]) {
		at++
	}
	if at >= len(data) {
		return ErrMalformed
	}
	switch c := data[at]; c {
	case '"':
		if at, _, ok = endOfText(data, at+1); !ok {
			return ErrMalformed
		}
	case '{', '[':
		if depth++; depth > MaxDepth {
			return ErrTooDeep
		}
		for at++; at < len(data) && isSpace(data[at]); at++ {
		}
		if c == '{' {
			objects[depth>>6] |= 1 << (depth & 63)
		} else {
			objects[depth>>6] &^= 1 << (depth & 63)
		}
		switch {
		case at < len(data) && data[at] == c+2: // the closing bracket comes two behind the opening one
			at++
			depth--
		case c == '{':
			goto member
		default:
			goto value
		}
	case 't':
		if len(data)-at < 4 || string(data[at:at+4]) != "true" {
			return ErrMalformed
		}
		at += 4
	case 'f':
		if len(data)-at < 5 || string(data[at:at+5]) != "false" {
			return ErrMalformed
		}
		at += 5
	case 'n':
		if len(data)-at < 4 || string(data[at:at+4]) != "null" {
			return ErrMalformed
		}
		at += 4
	default:
		if at, ok = endOfNumber(data, at); !ok {
			return ErrMalformed
		}
	}

	for depth > s.depth {
		for at < len(data) && isSpace(data[at]) {
			at++
		}
		if at >= len(data) {
			return ErrMalformed
		}
		c, isObject := data[at], objects[depth>>6]>>(depth&63)&1 != 0
		at++
		switch {
		case c == ',' && isObject:
			goto member
		case c == ',':
			goto value
		case c == '}' && isObject, c == ']' && !isObject:
			depth--
		default:
			return ErrMalformed
		}
	}
	s.at = at
	return nil

member:
	for at < len(data) && isSpace(data[at]) {
		at++
	}
	if at >= len(data) || data[at] != '"' {
		return ErrMalformed
	}
	if at, _, ok = endOfText(data, at+1); !ok {
		return ErrMalformed
	}
	for at < len(data) && isSpace(data[at]) {
		at++
	}
	if at >= len(data) || data[at] != ':' {
		return ErrMalformed
	}
	at++
	goto value
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t') }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// endOfText returns where a string ends, behind its quotation mark, and whether something is escaped in it. It begins at at.
// It looks at eight bytes at a time for one that isn't text: the lowest bit that the well-known tests for a zero byte and for
// a byte below another give is always right.
func endOfText(data []byte, at int) (end int, escaped, ok bool) {
	for {
		for at+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[at:])
			quote, backslash := x^(ones*'"'), x^(ones*'\\')
			found := ((quote-ones)&^quote | (backslash-ones)&^backslash | (x-ones*0x20)&^x) & highs
			if found != 0 {
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

// endOfEscape returns where an escape ends. at is behind its backslash.
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

// endOfNumber returns where a number ends that begins at at.
func endOfNumber(data []byte, at int) (end int, ok bool) {
	if data[at] == '-' {
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

// endOfDigits returns where digits end, of which there must be one.
func endOfDigits(data []byte, at int) (end int, ok bool) {
	start := at
	for at < len(data) && data[at]-'0' <= 9 {
		at++
	}
	return at, at > start
}
