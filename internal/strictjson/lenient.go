package strictjson

import (
	"math"
	"strings"
)

// Lenient makes the scanner accept whatever a lenient reader may, in order to find things that must
// not reach that reader: nesting of any depth, any bytes in strings, and anything between brackets
// and commas in place of a number or word. The caller's own calls must nest only as deep as the
// structure that it looks for; [Scanner.Skip] uses no stack.
func (s *Scanner) Lenient() {
	s.lenient = true
	s.depth = math.MinInt / 2
}

// skipAny is Skip for a lenient scanner.
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
		return ErrMalformed // also for endOfNested: any depth is allowed
	}
	s.At = at
	return nil
}

// anyText is Text for a string that starts at s.At and isn't valid JSON. If it were inlined, it
// would slow Text down.
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

// endOfAnyText returns the position after a string's closing quotation mark. at is after the
// opening one.
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

// endOfAnyScalar returns the end of whatever starts at at, in place of a number or word.
func endOfAnyScalar(data []byte, at int) (end int, ok bool) {
	start := at
	for at < len(data) && data[at] > ' ' && strings.IndexByte(`"{}[],:`, data[at]) < 0 {
		at++
	}
	return at, at > start
}
