package strictjson

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// passed says what Plain passes of an object, and where it ends.
func passed(data []byte) (said string, end int) {
	end = walked.Plain(data, 0, func(data []byte, at, name int) int {
		end := 0
		if at < len(data) && data[at] == '[' {
			end = PlainArray(data, at, PlainValue)
		} else {
			end = PlainValue(data, at)
		}
		said += fmt.Sprintln(name, at, end)
		return end
	})
	return said, end
}

// walkedOver is what a Walk says in place of passed.
func walkedOver(data []byte) (said string, end int, err error) {
	s := Scanner{Data: data}
	for w := s.Walk(&walked); ; {
		name, err := w.Next()
		if err != nil || name == End {
			return said, s.At, err
		}
		at := s.At
		if s.Peek() == '[' {
			err = s.Array(func(int) error { return s.Skip() })
		} else {
			err = s.Skip()
		}
		if err != nil {
			return said, 0, err
		}
		said += fmt.Sprintln(name, at, s.At)
	}
}

// behind is what must stand behind an object for its last members to be passed.
const behind = `,{"a":1}`

var plainObjects = []string{
	`{"eids":1}`, `{"x":"","ext":[1,"a",true],"":null,"1234567":-0.5e1,"12345678":false,"123456789abcdefghi":"é"}`, `{"source":"a","uid2":0}`,
	"{ \"eids\": \"0123456789\" ,\n\t\"ext\":\r[ 1 , 2 ] }", `{"ids":1,"idss":2,"eid":3,"~":4}`,
}

var notPlainObjects = []string{
	``, `{`, `{}`, `{"eids"`, `{"eids" :1}`, `{"eids":1`, `{"eids":1,}`, `{"eids":1]`, `{"eids":1 "ext":2}`, `{"eids":1;"ext":2}`, `{"a":[1;2]}`, "{\"x\x1f:1}", `{"x\:1}`, "{\"x\x80:1}", "{\"abcdefgh\x1f:1}", `{"abcdefgh\:1}`, `{"eids":1,"eids":2}`, `{"Eids":1}`, `{"eidS":1}`, `{"e\u0069ds":1}`, `{"eıds":1}`,
	"{\"x\x1f\":1}", "{\"x\x7f\x80\":1}", `{"abcdefghé":1}`, `{"abcdefgh\u0061":1}`, "{\"abcdefgh\x1f\":1}", `{"abcdefgh" :1}`, `{"abcdefgh`, `{"a":"\n"}`, "{\"a\":\"\n\"}", `{"a":"`,
	`{"a":[]}`, `{"a":[1,]}`, `{"a":[1}`, `{"a":[1 2]}`, `{"a":[{}]}`, `{"a":{}}`, `{"a":[`, `{"a":[1`, `{"a":01}`, `{"a":-}`, `{"a":tru}`, `{"a":fals}`, `{"a":nul}`, `{"a":x}`, `{'a":1}`,
}

func TestPlain(t *testing.T) {
	for _, text := range plainObjects {
		data := []byte(text + behind)
		said, end := passed(data)
		if want, wantEnd, err := walkedOver(data); said != want || end != wantEnd || end != len(text) || err != nil {
			t.Errorf("%s: it ends at %d:\n%sa Walk ends at %d, %v:\n%s", text, end, said, wantEnd, err, want)
		}
		for cut := range len(text) {
			if _, end := passed([]byte(text[:cut])); end != 0 {
				t.Errorf("%s: it ends at %d", text[:cut], end)
			}
		}
	}
	for _, text := range notPlainObjects {
		for _, more := range []string{"", strings.Repeat(" ", 16)} {
			if _, end := passed([]byte(text + more)); end != 0 {
				t.Errorf("%s: it ends at %d", text+more, end)
			}
		}
	}
}

// FuzzPlain: what is passed is what a Walk finds.
func FuzzPlain(f *testing.F) {
	for _, text := range append(plainObjects, notPlainObjects...) {
		f.Add([]byte(text), uint16(0), byte('{'))
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16, instead byte) {
		data = append(bytes.Clone(data), behind...)
		if int(at) < len(data) {
			data[at] = instead
		}
		if data[0] != '{' {
			return // the caller has looked
		}
		said, end := passed(data)
		if end == 0 {
			return
		}
		if want, wantEnd, err := walkedOver(data); said != want || end != wantEnd || err != nil {
			t.Fatalf("%q: it ends at %d:\n%sa Walk ends at %d, %v:\n%s", data, end, said, wantEnd, err, want)
		}
	})
}

// TestPlainText: strings and keys with any byte in any place.
func TestPlainText(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := []byte(strings.Repeat("~", length))
				text[at] = byte(c)
				plain := c >= ' ' && c != '"' && c != '\\'

				value := append(append([]byte(`"`), text...), `","tttttttttttttt"`...)
				want := 0
				if plain {
					want = length + 2
				} else if c == '"' {
					want = at + 2
				}
				if end := PlainValue(value, 0); end != want {
					t.Fatalf("%q: it ends at %d, not at %d", value, end, want)
				}

				object := append(append([]byte(`{"`), text...), `":1},"tttttt":1}`...)
				want = 0
				if plain && c < 0x80 {
					want = length + 6
				}
				if _, end := passed(object); end != want {
					t.Fatalf("%q: it ends at %d, not at %d", object, end, want)
				}
			}
		}
	}
}

// TestPlainScalars: what isn't a string, before every byte.
func TestPlainScalars(t *testing.T) {
	for _, scalar := range []string{"true", "false", "null", "0", "9", "-1", "10.5e3", "+1", "tru", "nan", "/", ":", "", "-"} {
		for c := range 256 {
			data := append([]byte(scalar), byte(c))
			s := Scanner{Data: data}
			err := s.Skip()
			if end := PlainValue(data, 0); end != 0 && (err != nil || end != s.At) || end == 0 && err == nil && data[0] != '"' {
				t.Errorf("%q: it ends at %d, not at %d, %v", data, end, s.At, err)
			}
		}
		if end := PlainValue([]byte(scalar), len(scalar)); end != 0 {
			t.Errorf("nothing ends at %d", end)
		}
	}
}
