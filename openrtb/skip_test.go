package openrtb

import (
	"bytes"
	"encoding/json"
	"testing"
)

// plain reads JSON as the grammar has it, a function for each rule. It is what scanner.skip is held against where there is JSON.
type plain struct{ scanner }

// skip reads any value.
func (s *plain) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object(func(key, span) error { return s.skip() })
	case c == '[':
		return s.array(func(int) error { return s.skip() })
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
	if !bytes.HasPrefix(s.data[s.at:], []byte(word)) {
		return ErrMalformed
	}
	s.at += len(word)
	return nil
}

func (s *plain) number() error {
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
func (s *plain) digits() error {
	start := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	if s.at == start {
		return ErrMalformed
	}
	return nil
}

func (s *plain) string() error {
	if err := s.take('"'); err != nil {
		return err
	}
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return ErrMalformed
		default:
			s.at++
		}
	}
	return ErrMalformed
}

func (s *plain) escape() error {
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

// FuzzSkip: what the grammar accepts ends where the grammar has its end, and a string, number or word is what it is there.
func FuzzSkip(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[ ]`, `{"a":[1,{"b":null}],"c":"x\\y\"z"}`, `"0123456789abcdef\u00e9"`, `[true,false,nulx]`, `{"a" : -1.5e+3 , "b":[[[]]]}x`,
		`{"a":1]`, `[1}`, `{"a":}`, `[,]`, `{,}`, `"abcdefg\`, "\"abcdefgh\x1f\"", `-`, `-0.e`, `[1 2]`, `{"a" 1}`, `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for depth := range 2 {
			fast, slow := scanner{data: data, depth: depth * (MaxDepth - 2)}, plain{scanner{data: data, depth: depth * (MaxDepth - 2)}}
			fast.space()
			slow.space()
			nested := fast.peek() == '{' || fast.peek() == '['
			got, want := fast.skip(), slow.skip()
			if got != want && (want == nil || !nested) {
				t.Fatalf("%q: %v, the plain one says %v", data, got, want)
			}
			if want == nil && (fast.at != slow.at || fast.depth != slow.depth || !json.Valid(data[:fast.at])) {
				t.Fatalf("%q: it ends at %d, the plain one at %d", data, fast.at, slow.at)
			}
		}
	})
}
