package strictjson

import (
	"bytes"
	"encoding/json"
	"testing"
)

// plain parses JSON according to the grammar, with one function per rule. Scanner.Skip is compared
// with it.
type plain struct{ Scanner }

// skip skips any value.
func (s *plain) Skip() error {
	switch c := s.Peek(); {
	case c == '{':
		return s.Object(func(Key, Span) error { return s.Skip() })
	case c == '[':
		return s.Array(func(int) error { return s.Skip() })
	case c == '"':
		err := s.string()
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

func (s *plain) literal(word string) error {
	if !bytes.HasPrefix(s.Data[s.At:], []byte(word)) {
		return ErrMalformed
	}
	s.At += len(word)
	return nil
}

func (s *plain) number() error {
	if s.Peek() == '-' {
		s.At++
	}
	if s.Peek() == '0' {
		s.At++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.Peek() == '.' {
		s.At++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.Peek(); c == 'e' || c == 'E' {
		s.At++
		if c := s.Peek(); c == '+' || c == '-' {
			s.At++
		}
		return s.digits()
	}
	return nil
}

// digits reads one or more digits.
func (s *plain) digits() error {
	start := s.At
	for c := s.Peek(); c >= '0' && c <= '9'; c = s.Peek() {
		s.At++
	}
	if s.At == start {
		return ErrMalformed
	}
	return nil
}

func (s *plain) string() error {
	if err := s.take('"'); err != nil {
		return err
	}
	for s.At < len(s.Data) {
		switch c := s.Data[s.At]; {
		case c == '"':
			s.At++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return ErrMalformed
		default:
			s.At++
		}
	}
	return ErrMalformed
}

func (s *plain) escape() error {
	s.At++
	switch s.Peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.At++
		return nil
	case 'u':
		s.At++
		for range 4 {
			if !isHex(s.Peek()) {
				return ErrMalformed
			}
			s.At++
		}
		return nil
	}
	return ErrMalformed
}

// FuzzSkip: what the grammar accepts ends where the grammar says, and strings, numbers and words
// are classified in the same way.
func FuzzSkip(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[ ]`, `{"a":[1,{"b":null}],"c":"x\\y\"z"}`, `"0123456789abcdef\u00e9"`, `[true,false,nulx]`, `{"a" : -1.5e+3 , "b":[[[]]]}x`,
		`{"a":1]`, `[1}`, `{"a":}`, `[,]`, `{,}`, `"abcdefg\`, "\"abcdefgh\x1f\"", `-`, `-0.e`, `[1 2]`, `{"a" 1}`, `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for depth := range 2 {
			fast, slow := Scanner{Data: data, depth: depth * (MaxDepth - 2)}, plain{Scanner{Data: data, depth: depth * (MaxDepth - 2)}}
			fast.Space()
			slow.Space()
			nested := fast.Peek() == '{' || fast.Peek() == '['
			got, want := fast.Skip(), slow.Skip()
			if got != want && (want == nil || !nested) {
				t.Fatalf("%q: %v, the plain one says %v", data, got, want)
			}
			if want == nil && (fast.At != slow.At || fast.depth != slow.depth || !json.Valid(data[:fast.At])) {
				t.Fatalf("%q: it ends at %d, the plain one at %d", data, fast.At, slow.At)
			}
		}
	})
}
