package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

func TestMembers(t *testing.T) {
	deep := strings.Repeat("[", strictjson.MaxDepth) + strings.Repeat("]", strictjson.MaxDepth)
	for _, c := range []struct {
		object string
		a, b   string // values of "ab" and "id", "" if missing
		err    error
	}{
		{`{}`, "", "", nil},
		{` { "ab" : 1 , "x" : {"ab":2} , "id" : "v" } `, "1", `"v"`, nil},
		{`{"ab":null}`, "null", "", nil},
		{`{"ab":""}`, `""`, "", nil},
		{`{"\u0061b":[1, 2]}`, "[1, 2]", "", nil},
		{`{"id":0}`, "", "0", nil},

		{`{"ab":1,"ab":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"ab":1,"\u0061\u0062":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"ab":1,"AB":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"aB":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"\u0041b":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"id":1,"id":null}`, "", "", strictjson.ErrAmbiguous},
		{`{"İd":1}`, "", "", strictjson.ErrAmbiguous},
		{`{"\u0131D":1}`, "", "", strictjson.ErrAmbiguous},

		{``, "", "", strictjson.ErrMalformed},
		{`null`, "", "", strictjson.ErrMalformed},
		{`[]`, "", "", strictjson.ErrMalformed},
		{`{"ab":1}}`, "", "", strictjson.ErrMalformed},
		{`{"ab":1} x`, "", "", strictjson.ErrMalformed},
		{`{"ab":1,}`, "", "", strictjson.ErrMalformed},
		{`{"ab":01}`, "", "", strictjson.ErrMalformed},
		{`{"x":[}`, "", "", strictjson.ErrMalformed},
		{`{"x":` + deep + `}`, "", "", strictjson.ErrTooDeep},
	} {
		members := []strictjson.Member{{Name: "ab", Value: []byte("old")}, {Name: "id", Value: []byte("old")}}
		err := strictjson.Members([]byte(c.object), members)
		if !errors.Is(err, c.err) || err != nil && c.err == nil {
			t.Errorf("%.40s: %v, want %v", c.object, err, c.err)
		}
		if err != nil {
			continue
		}
		for i, want := range []string{c.a, c.b} {
			if got := members[i].Value; string(got) != want || (got == nil) != (want == "") {
				t.Errorf("%s: %s is %q, want %q", c.object, members[i].Name, got, want)
			}
		}
	}
}

func TestMembersDoesNotAllocate(t *testing.T) {
	object := []byte(`{"prebid":{"debug":true},"schain":{"nodes":[1,2,3]},"gpc":"1"}`)
	if n := testing.AllocsPerRun(100, func() {
		members := [2]strictjson.Member{{Name: "prebid"}, {Name: "gpc"}}
		if strictjson.Members(object, members[:]) != nil || members[0].Value == nil {
			t.Fatal("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzMembers: what is accepted is read as encoding/json reads it, and contains no other spelling
// of a name.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"eids":1}`, `{"eids":[{"eids":2}],"e\u0069ds":3}`, `{"EIDS":1}`, `{"eıds":1}`, `{"x":{"y":[]}}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		members := []strictjson.Member{{Name: "eids"}}
		if strictjson.Members(object, members) != nil || !json.Valid(object) {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(object, &want); err != nil {
			t.Fatalf("%q: %v", object, err)
		}
		if string(want["eids"]) != string(members[0].Value) {
			t.Fatalf("%q: %q, encoding/json reads %q", object, members[0].Value, want["eids"])
		}
		for name := range want {
			if name != "eids" && strings.EqualFold(name, "eids") {
				t.Fatalf("%q: another spelling was let pass", object)
			}
		}
	})
}
