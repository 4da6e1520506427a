package openrtb

import (
	"bytes"
	"encoding/json"

	"github.com/buger/jsonparser"
)

// span is a part of the input: [start, end).
type span struct{ start, end int }

func (s span) of(data []byte) []byte { return data[s.start:s.end] }
func (s span) none() bool            { return s.end == 0 }

// scanner reads JSON strictly, as RFC 8259 has it, and finds where things are. It validates everything that it passes.
type scanner struct {
	data  []byte
	at    int
	depth int
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

// take reads one byte that must be c.
func (s *scanner) take(c byte) error {
	if s.peek() != c {
		return ErrMalformed
	}
	s.at++
	return nil
}

// skip reads any value.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object(func(key, span) error { return s.skip() })
	case c == '[':
		return s.array(func(int) error { return s.skip() })
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return ErrMalformed
}

// value reads any value and returns where it was.
func (s *scanner) value() (span, error) {
	start := s.at
	err := s.skip()
	return span{start, s.at}, err
}

// object reads an object. member is called at each member's value, which it must read; quoted is the key with its
// quotation marks.
func (s *scanner) object(member func(k key, quoted span) error) error {
	if err := s.open('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		s.space()
		if s.peek() == '}' && first {
			return s.close()
		}
		start := s.at
		text, err := s.text()
		if err != nil {
			return err
		}
		quoted := span{start, s.at}
		s.space()
		if err := s.take(':'); err != nil {
			return err
		}
		s.space()
		if err := member(key{text.decoded(s.data)}, quoted); err != nil {
			return err
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// array reads an array. element is called at each element, which it must read.
func (s *scanner) array(element func(i int) error) error {
	if err := s.open('['); err != nil {
		return err
	}
	for i := 0; ; i++ {
		s.space()
		if s.peek() == ']' && i == 0 {
			return s.close()
		}
		if err := element(i); err != nil {
			return err
		}
		if done, err := s.next(']'); done || err != nil {
			return err
		}
	}
}

func (s *scanner) open(bracket byte) error {
	if err := s.take(bracket); err != nil {
		return err
	}
	if s.depth++; s.depth > MaxDepth {
		return ErrTooDeep
	}
	return nil
}

func (s *scanner) close() error {
	s.at++
	s.depth--
	return nil
}

// next reads the comma before another element, or the closing bracket.
func (s *scanner) next(bracket byte) (done bool, err error) {
	s.space()
	switch s.peek() {
	case ',':
		s.at++
		return false, nil
	case bracket:
		return true, s.close()
	}
	return false, ErrMalformed
}

func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.data[s.at:], []byte(word)) {
		return ErrMalformed
	}
	s.at += len(word)
	return nil
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.peek() == '.' {
		s.at++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		return s.digits()
	}
	return nil
}

// digits reads one digit or more.
func (s *scanner) digits() error {
	start := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	if s.at == start {
		return ErrMalformed
	}
	return nil
}

// text is a string of the input, without its quotation marks.
type text struct {
	span
	escaped bool
}

// text reads a string. Bytes that aren't UTF-8 are let pass, as readers of bid requests do.
func (s *scanner) text() (text, error) {
	if err := s.take('"'); err != nil {
		return text{}, err
	}
	t := text{span: span{start: s.at}}
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			t.end = s.at
			s.at++
			return t, nil
		case c == '\\':
			t.escaped = true
			if err := s.escape(); err != nil {
				return text{}, err
			}
		case c < 0x20:
			return text{}, ErrMalformed
		default:
			s.at++
		}
	}
	return text{}, ErrMalformed
}

func (s *scanner) escape() error {
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		s.at++
		for range 4 {
			if !isHex(s.peek()) {
				return ErrMalformed
			}
			s.at++
		}
		return nil
	}
	return ErrMalformed
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// decoded returns what the string stands for: the bytes of data themselves if nothing is escaped in it.
func (t text) decoded(data []byte) []byte {
	raw := t.of(data)
	if !t.escaped {
		return raw
	}
	if clear, err := jsonparser.Unescape(raw, nil); err == nil {
		return clear
	}
	// Should jsonparser refuse what the scanner let pass, as old versions do with lone surrogates, the standard library
	// decides.
	var clear string
	if json.Unmarshal(data[t.start-1:t.end+1], &clear) != nil {
		return nil
	}
	return []byte(clear)
}

// key is a member's key, decoded.
type key struct{ name []byte }

func (k key) is(name string) bool { return string(k.name) == name }

// looksLike tells whether a reader that doesn't mind letter case would take the key for name.
func (k key) looksLike(name string) bool { return bytes.EqualFold(k.name, []byte(name)) }
