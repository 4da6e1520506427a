package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// accepts reads a document with Scanner's Object, Array and Text.
func accepts(data []byte) error {
	s := plain{Scanner{Data: data}}
	s.Space()
	if err := s.Skip(); err != nil {
		return err
	}
	if s.Space(); s.At != len(data) {
		return ErrMalformed
	}
	return nil
}

// FuzzScanner compares Scanner with the standard library. The law: both accept the same documents,
// except for those that are too deep for ours; and both decode a string in the same way.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `[0,-0,1.5e+10,2E-3,true,false,null]`, `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"`, `{"a":{"b":[{}]}}`,
		`[1,]`, `{"a":1,}`, `01`, `1.`, `-`, `1e`, `"\x"`, "\"\x01\"", "\"\xff\"", `tru`, `nulll`, `{"a"}`, `{1:2}`, ` [ 1 , 2 ] `,
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err, valid := accepts(data), json.Valid(data)
		if err != ErrTooDeep && (err == nil) != valid {
			t.Fatalf("%q: %v, the standard library says %t", data, err, valid)
		}
		s := Scanner{Data: data}
		read, err := s.Text()
		if err != nil || s.At != len(data) {
			return
		}
		var want string
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if got := string(read.Decoded(data)); string([]rune(got)) != want { // bytes that aren't UTF-8 are unchanged here
			t.Fatalf("%q: %q, the standard library reads %q", data, got, want)
		}
	})
}

// If a letter becomes one of a name when its case is changed, the name with that letter looks like
// the name.
func TestLooksLikeInAnyCase(t *testing.T) {
	becoming := map[rune][]rune{}
	for r := range unicode.MaxRune + 1 {
		for _, lower := range []rune{unicode.ToLower(r), unicode.ToLower(unicode.ToUpper(r))} {
			if lower < unicode.MaxASCII {
				becoming[lower] = append(becoming[lower], r)
			}
		}
	}
	if is := string(becoming['i']); !strings.Contains(is, "İ") || !strings.Contains(is, "ı") {
		t.Errorf("what becomes i: %q", is)
	}
	for _, name := range []string{"user", "eids", "ext", "source", "uids", "id", "uid2", "site", "app", "domain", "page", "bundle"} {
		for i := range name {
			for _, r := range becoming[rune(name[i])] {
				before, after := name[:i], name[i+1:]
				for _, spelled := range []string{before + string(r) + after, strings.ToUpper(before) + string(r) + strings.ToUpper(after)} {
					if !(Key{[]byte(spelled)}).LooksLike(name) {
						t.Errorf("%q doesn't look like %s", spelled, name)
					}
				}
			}
		}
	}
	for _, other := range []string{"eĨds", "eįds", "eds", "eİıds", "eİdsx", "ei\u0307ds", "e\xc4ds", "eid\xc5\xbf\xc4"} {
		if (Key{[]byte(other)}).LooksLike("eids") {
			t.Errorf("%q looks like eids", other)
		}
	}
	if !(Key{[]byte("uİdſ")}).LooksLike("uids") {
		t.Error("uİdſ doesn't look like uids")
	}
}
