package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// keysOf returns the keys of an object, as a strict or a lenient scanner reads it.
func keysOf(object string, lenient bool) (keys string, err error) {
	s := strictjson.Scanner{Data: []byte(object)}
	if lenient {
		s.Lenient()
	}
	err = s.Object(func(k strictjson.Key, _ strictjson.Span) error {
		keys += string(k.Name) + " "
		return s.Skip()
	})
	return keys, err
}

func TestLenient(t *testing.T) {
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	for _, c := range []struct {
		object, keys string
		ok           bool
	}{
		{"{\"a\nb\":1,\"c\":\"\x00\"}", "a\nb c ", true},
		{"{\"a\x1f\\u0062\":1}", "a\x1fb ", true},
		{`{"a":-00,"b":01,"c":+1.e, "d":truest ,"e":NaN}`, "a b c d e ", true},
		{`{"a":"\x","b":"\u12","c":"\\","d":"\"\\\"","e":0}`, "a b c d e ", true},
		{`{"a":` + deep + `,"b":1}`, "a b ", true},
		{`{"a":01}`, "a ", true},
		{`{"a":{"b":"}"},"c":[{"d":1}],"e":{}}`, "a c e ", true},
		{`{"a":}`, "a ", false}, {`{"a":,"b":1}`, "a ", false}, {`{"a":`, "a ", false}, {`{"a":0:1}`, "a ", false}, {`{"a":0"b":1}`, "a ", false},
		{`{"a":0"}`, "a ", false}, {`{"a":0[]}`, "a ", false}, {`{"a":0{}}`, "a ", false}, {`{"a":0 1}`, "a ", false}, {"{\"a\":0\t1}", "a ", false},
		{`{"a":[}`, "a ", false}, {`{"a":[}}`, "a ", true}, {`{"a":[`, "a ", false}, {`{"a":]}`, "a ", false}, {`{"a":"`, "a ", false}, {`{"a":"\"}`, "a ", false}, {`{"a":"\`, "a ", false},
		{`{"a":1,}`, "a ", false}, {`{a:1}`, "", false}, {`{"a" 1}`, "", false}, {"{\"a\n", "", false},
	} {
		keys, err := keysOf(c.object, true)
		if keys != c.keys || (err == nil) != c.ok {
			t.Errorf("%.60q: keys %q, %v", c.object, keys, err)
		}
		if _, err := keysOf(c.object, false); err == nil && !json.Valid([]byte(c.object)) && !strings.Contains(c.object, "[") {
			t.Errorf("%.60q: a strict scanner reads it", c.object)
		}
	}
}

// A string with a control character is valid for a lenient scanner only.
func TestLenientText(t *testing.T) {
	const quoted = "\"a\n\\u0062\" "
	strict, lenient := strictjson.Scanner{Data: []byte(quoted)}, strictjson.Scanner{Data: []byte(quoted)}
	lenient.Lenient()
	if _, err := strict.Text(); err != strictjson.ErrMalformed {
		t.Errorf("strictly: %v", err)
	}
	text, err := lenient.Text()
	if got := text.Decoded(lenient.Data); err != nil || string(got) != "a\nb" || lenient.At != len(quoted)-1 {
		t.Errorf("%q, %v, at %d", got, err, lenient.At)
	}
	if _, err := lenient.Text(); err != strictjson.ErrMalformed {
		t.Errorf("no string: %v", err)
	}
}

// FuzzLenient: what a strict scanner accepts, a lenient one reads in the same way.
func FuzzLenient(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":-1.5e+3,"b":[{"c":"}"}],"d":"\\\"","e":null ,"\u0066":true}`, `{"a":01}`, "{\"a\":\"\n\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		want, err := keysOf(string(object), false)
		if err != nil {
			return
		}
		if got, err := keysOf(string(object), true); got != want || err != nil {
			t.Fatalf("%q: %q, %v, strictly %q", object, got, err, want)
		}
	})
}
