package openrtb

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/buger/jsonparser"
)

// span is a part of the input: [start, end).
type span struct{ start, end int }

func (s span) of(data []byte) []byte { return data[s.start:s.end] }
func (s span) none() bool            { return s.end == 0 }

// scanner reads JSON strictly, as RFC 8259 has it, and finds where things are. Only [scanner.skip] is less strict.
type scanner struct {
	data  []byte
	at    int
	depth int
}

func (s *scanner) space() {
	for s.at < len(s.data) && isSpace(s.data[s.at]) {
		s.at++
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
	end, escaped, ok := endOfText(s.data, s.at)
	if !ok {
		return text{}, ErrMalformed
	}
	t := text{span{s.at, end - 1}, escaped}
	s.at = end
	return t, nil
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

// looksLike tells whether a reader that doesn't mind letter case would take the key for name, which is in lower case.
func (k key) looksLike(name string) bool {
	if len(k.name) == 0 || k.name[0] < 0x80 && k.name[0]|0x20 != name[0] {
		return false // nearly all keys
	}
	return k.is(name) || bytes.EqualFold(k.name, []byte(name)) || k.hasOtherI() && strings.EqualFold(otherI.Replace(string(k.name)), name)
}

// otherI makes an i of the letters İ and ı. Folding leaves them alone, but changing the case of each letter makes an i or I of
// them, and there are readers that compare names so: jsoniter by strings.ToLower, Java's equalsIgnoreCase by both cases.
var otherI = strings.NewReplacer("İ", "i", "ı", "i")

// hasOtherI tells whether there may be an İ or ı in the key, which begin with the same byte.
func (k key) hasOtherI() bool { return bytes.IndexByte(k.name, "İ"[0]) >= 0 }
