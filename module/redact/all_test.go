package redact_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

func TestAllWalksEveryKindOfValue(t *testing.T) {
	type name string
	type inner struct{ Text string }
	type outer struct {
		Text     string
		Name     name
		Raw      json.RawMessage
		Names    []name
		Inner    inner
		Pointer  *inner
		Nothing  *inner
		Inners   []inner
		Pointers []*inner
		Fixed    [2]string
		Map      map[name]*inner
		Values   map[string]string
		Any      any
		Anys     []any
		Empty    any
		Number   int
		hidden   string
	}
	raw := manyRaws(1)[0]
	shared := []byte(`"` + raw + `"`)
	v := outer{
		Text: raw, Name: name(raw), Raw: shared, Names: []name{name(raw), "x"}, Inner: inner{raw}, Pointer: &inner{raw},
		Inners: []inner{{raw}}, Pointers: []*inner{nil, {raw}}, Fixed: [2]string{"x", raw},
		Map: map[name]*inner{name(raw): {"<" + raw}, "x": {raw}, "y": nil}, Values: map[string]string{"x": raw, raw: "y"},
		Any: raw, Anys: []any{raw, 1, map[string]any{"x": []any{raw}}, inner{raw}}, Number: 1, hidden: raw,
	}
	set := redact.New([]string{raw})
	if n := set.All(&v); n != 18 {
		t.Errorf("%d found", n)
	}
	if text := fmt.Sprintf("%+v %+v %+v %s", v, v.Map["REDACTED"], v.Map["x"], marshal(v)); strings.Count(text, raw) != 1 {
		t.Error("more than the hidden field is left: ", text)
	}
	if string(shared) != `"`+raw+`"` {
		t.Error("bytes that somebody else may have were changed")
	}
	if _, ok := v.Map[name(raw)]; ok || v.Map["REDACTED"].Text != "<REDACTED" || len(v.Map) != 3 {
		t.Errorf("%v", v.Map)
	}
	if n := set.All(&v); n != 0 {
		t.Errorf("%d found again", n)
	}
}
