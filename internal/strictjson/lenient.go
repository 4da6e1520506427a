package strictjson

import (
	"math"
	"strings"
)

// Lenient makes the scanner read whatever a lenient reader may, for whom it finds things that must
// not reach that reader: nesting of any depth, any bytes in strings, and anything between brackets
// and commas where a number or word may be. The caller's own calls must be nested only as deep as
// the shape that it looks for; [Scanner.Skip] takes no stack.
func (s *Scanner) Lenient() {
	s.lenient = true
	s.depth = math.MinInt / 2
}

// skipAny is Skip, leniently.
func (s *Scanner) skipAny() (err error) {
	at, ok := s.At, false
	switch s.Peek() {
	case '{', '[':
		at, err = endOfNested(s.Data, at, MaxDepth-s.depth)
		ok = err == nil
	case '"':
		at, ok = endOfAnyText(s.Data, at+1)
	default:
		at, ok = endOfAnyScalar(s.Data, at)
	}
	if !ok {
		return ErrMalformed // of endOfNested too: no depth is too much
	}
	s.At = at
	return nil
}

// anyText is Text for a string that begins at s.At and isn't JSON. Inlined, it would slow Text
// down.
//
//go:noinline
func (s *Scanner) anyText() (Text, error) {
	end, ok := endOfAnyText(s.Data, s.At)
	if !ok || !s.lenient {
		return Text{}, ErrMalformed
	}
	t := Text{Span{s.At, end - 1}, true}
	s.At = end
	return t, nil
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

// endOfAnyScalar returns where something ends that begins at at and is in a number's or word's
// place.
func endOfAnyScalar(data []byte, at int) (end int, ok bool) {
	start := at
	for at < len(data) && data[at] > ' ' && strings.IndexByte(`"{}[],:`, data[at]) < 0 {
		at++
	}
	return at, at > start
}
