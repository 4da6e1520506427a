package strictjson

import (
	"fmt"
	"strings"
	"testing"
)

var walked = NewNames("eids", "ext", "uid2", "source")

// walkOf says what a Walk finds in an object.
func walkOf(s Scanner) (found string) {
	for w := s.Walk(&walked); ; {
		name, err := w.Next()
		if found += fmt.Sprintln(name, err, s.At); name == End || err != nil && err != ErrAmbiguous {
			return found
		}
		found += fmt.Sprintln(w.Quoted(), string(w.Key().Name))
		if err := s.Skip(); err != nil {
			return found + err.Error()
		}
	}
}

// plainWalkOf is walkOf in small steps, with a UniqueKey for each name.
func plainWalkOf(s Scanner) (found string) {
	var keys [4]UniqueKey
	fails := func(err error) bool {
		if err != nil {
			found += fmt.Sprintln(Other, err, s.At)
		}
		return err != nil
	}
	ends := func(err error) string { return found + fmt.Sprintln(End, err, s.At) }
	if err := s.take('{'); err != nil {
		return ends(err)
	}
	if s.depth++; s.depth > MaxDepth {
		return ends(ErrTooDeep)
	}
	for first := true; ; first = false {
		s.Space()
		switch c := s.Peek(); {
		case c == '}':
			s.At++
			return ends(nil)
		case first:
		case c != ',':
			return ends(ErrMalformed)
		default:
			s.At++
			s.Space()
		}
		start := s.At
		text, err := s.Text()
		if fails(err) {
			return found
		}
		quoted := Span{start, s.At}
		s.Space()
		if fails(s.take(':')) {
			return found
		}
		s.Space()
		key, name := Key{text.Decoded(s.Data)}, Other
		for i, text := range walked.texts {
			var is bool
			if is, err = keys[i].Matches(key, text); is || err != nil {
				name = i
				break
			}
		}
		found += fmt.Sprintln(name, err, s.At) + fmt.Sprintln(quoted, string(key.Name))
		if err := s.Skip(); err != nil {
			return found + err.Error()
		}
	}
}

// FuzzWalk: a Walk finds what small steps find, lenient or not, with room behind the object or
// without.
func FuzzWalk(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` `, `{"eids":1}`, `{"eids":[{"eids":2}],"e\u0069ds":3}`, `{"EIDS":1,"Ext":2,"uId2":3}`, `{"eıds":1}`, `{"ext":{"y":[]} , "ext" : 1}`, `null`, `{"":0,"uid2":0}`,
		`{"eids" :1,"1234567":2,"12345678":3,"ext":4}`, "{\"e\x01ds\":1}", "{\"\x15\x09\x04\x12\":1}", `{"ext"1}`, `{"ext":1,}`, `{"ext":1 "eids":2}`, `{"ext":1]`, "{\"\xff\":1}", `{"uid3":1,"exts":2,"eid":3}`, `{"rource":1,"dxt":2}`, "{\"source\"\xba1}", "{\"ext\"\xba1}", `{"source":1,"sOurce":2,"source2":3,"source" :4,"ext:":1,"sourcé":2}`, "{\"source\x02:1}", "{\"source\"\x1a1}",
		strings.Repeat(`{"ext":`, 3) + `{"@ids":1}`,
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(MaxDepth))
	}
	f.Fuzz(func(t *testing.T, object []byte, depth uint8) {
		for _, data := range [][]byte{object, append(object[:len(object):len(object)], "          "...)} {
			for _, lenient := range []bool{false, true} {
				s := Scanner{Data: data, depth: int(depth)}
				if lenient {
					s.Lenient()
				}
				if got, want := walkOf(s), plainWalkOf(s); got != want {
					t.Fatalf("%q: %s\nin small steps: %s", data, got, want)
				}
			}
		}
	})
}

func TestNewNames(t *testing.T) {
	for _, names := range [][]string{{""}, {"1234567"}, {"Ext"}, {"e-t"}, {"eïd"}, {"{"}, {"/"}, {":"}, {"`"}, {"a", "b", "c", "d", "e", "f", "g", "h", "i"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q are names", names)
				}
			}()
			NewNames(names...)
		}()
	}
	NewNames("a", "z", "0", "9", "123456", "f", "g", "h")
}

// TestIsPlain: of all bytes, in all places.
func TestIsPlain(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := []byte(strings.Repeat("~", length))
				text[at] = byte(c)
				want := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
				if got := IsPlain(string(text)); got != want {
					t.Fatalf("%q: %t", text, got)
				}
			}
		}
	}
	if !IsPlain("") {
		t.Error("nothing isn't plain")
	}
}
