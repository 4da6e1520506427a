package strictjson

import (
	"math"
	"strings"
)

// Lenient makes the scanner read whatever a lenient reader may, for whom it finds things that must not
// reach that reader: nesting of any depth, any bytes in strings, and anything between brackets and commas
// where a number or word may be. The caller's own calls must be nested only as deep as the shape that it
// looks for; [Scanner.Skip] takes no stack.
func (s *Scanner) Lenient() {
	s.lenient = true
	s.depth = math.MinInt / 2
}

// endOfAny returns where a string, or what is in a number's or word's place, ends. For objects and arrays that is end.
func endOfAny(data []byte, at, end int) (_ int, ok bool) {
	switch {
	case at == len(data):
		return at, false
	case data[at] == '{' || data[at] == '[':
		return end, true
	case data[at] == '"':
		return endOfAnyText(data, at+1)
	}
	return endOfAnyScalar(data, at)
}

// endOfAnyText returns where a string ends, behind its quotation mark. It begins at at.
func endOfAnyText(data []byte, at int) (end int, ok bool) {
	for ; at < len(data); at++ {
		switch data[at] {
		case '\\':
			at++
		case '"':
			return at + 1, true
		}
	}
	return at, false
}

// endOfAnyScalar returns where something ends that begins at at and is in a number's or word's place.
func endOfAnyScalar(data []byte, at int) (end int, ok bool) {
	start := at
	for at < len(data) && data[at] > ' ' && strings.IndexByte(`"{}[],:`, data[at]) < 0 {
		at++
	}
	return at, at > start
}
