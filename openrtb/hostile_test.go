package openrtb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

const good = `[{"source":"uidapi.com","uids":[{"id":"A"}]}]`

// refused lists requests on which readers may differ, and invalid ones.
var refused = []struct {
	name, req string
	err       error
}{
	{"user twice", `{"user":{"eids":` + good + `},"user":{}}`, openrtb.ErrAmbiguous},
	{"user twice, escaped", `{"user":{"eids":` + good + `},"us\u0065r":{}}`, openrtb.ErrAmbiguous},
	{"User", `{"User":{"eids":` + good + `}}`, openrtb.ErrAmbiguous},
	{"USER beside user", `{"user":{},"USER":{"eids":` + good + `}}`, openrtb.ErrAmbiguous},
	{"long s", "{\"u\u017fer\":{\"eids\":" + good + "}}", openrtb.ErrAmbiguous}, // folds to s
	{"dotted I", `{"user":{"eİds":` + good + `}}`, openrtb.ErrAmbiguous},        // becomes i in lower case
	{"dotless i", `{"user":{"eıds":` + good + `}}`, openrtb.ErrAmbiguous},       // becomes I in upper case
	{"dotted I, escaped", `{"user":{"e\u0130ds":` + good + `}}`, openrtb.ErrAmbiguous},
	{"dotless i in ext", `{"user":{"ext":{"EıDS":` + good + `}}}`, openrtb.ErrAmbiguous},
	{"dotted I in uids", at26(`[{"source":"uidapi.com","uİdſ":[{"id":"A"}]}]`), openrtb.ErrAmbiguous},
	{"dotless i as the first letter", at26(eidOf(`[{"id":"A","ıd":"K"}]`)), openrtb.ErrAmbiguous},
	{"eids twice", at26(good + `,"eids":[]`), openrtb.ErrAmbiguous},
	{"Eids", `{"user":{"Eids":` + good + `}}`, openrtb.ErrAmbiguous},
	{"ext twice", `{"user":{"ext":{"eids":` + good + `},"ext":{}}}`, openrtb.ErrAmbiguous},
	{"eids twice in ext", at25(good + `,"eids":[]`), openrtb.ErrAmbiguous},
	{"EIDS in ext", `{"user":{"ext":{"EIDS":` + good + `}}}`, openrtb.ErrAmbiguous},
	{"source twice", at26(`[{"source":"x","source":"uidapi.com","uids":[]}]`), openrtb.ErrAmbiguous},
	{"Source", at26(`[{"Source":"uidapi.com","uids":[]}]`), openrtb.ErrAmbiguous},
	{"uids twice", at26(`[{"uids":[],"uids":[]}]`), openrtb.ErrAmbiguous},
	{"id twice", at26(eidOf(`[{"id":"A","id":"K"}]`)), openrtb.ErrAmbiguous},
	{"ID", at26(eidOf(`[{"ID":"A"}]`)), openrtb.ErrAmbiguous},
	{"uid's ext twice", at26(eidOf(`[{"id":"A","ext":{},"ext":{"uid2":1}}]`)), openrtb.ErrAmbiguous},
	{"Ext of a uid", at26(eidOf(`[{"id":"A","Ext":{"uid2":1}}]`)), openrtb.ErrAmbiguous},
	{"nothing", ``, openrtb.ErrMalformed},
	{"space", ` `, openrtb.ErrMalformed},
	{"array", `[]`, openrtb.ErrMalformed},
	{"null", `null`, openrtb.ErrMalformed},
	{"cut", at26(good)[:40], openrtb.ErrMalformed},
	{"more behind", at26(good) + `{}`, openrtb.ErrMalformed},
	{"NUL behind", at26(good) + "\x00", openrtb.ErrMalformed},
	{"byte order mark", "\ufeff" + at26(good), openrtb.ErrMalformed},
	{"trailing comma", `{"a":1,}`, openrtb.ErrMalformed},
	{"trailing comma in eids", at26(`[{},]`), openrtb.ErrMalformed},
	{"a uid ends as an array", at26(`[{"source":"uidapi.com","uids":[{"id":"A"]}]`), openrtb.ErrMalformed},
	{"an eid ends as an array", at26(`[{"source":"uidapi.com","uids":[{"id":"A"}]]`), openrtb.ErrMalformed},
	{"an ext ends as an array", at26(eidOf(`[{"id":"A","ext":{"a":1]}]`)), openrtb.ErrMalformed},
	{"user.ext ends as an array", `{"user":{"ext":{"eids":` + good + `]}}`, openrtb.ErrMalformed},
	{"the user ends as an array", `{"user":{"eids":` + good + `]}`, openrtb.ErrMalformed},
	{"a site ends as an array", `{"site":{"domain":"a"],"user":{}}`, openrtb.ErrMalformed},
	{"the request ends as an array", `{"user":{"eids":` + good + `}]`, openrtb.ErrMalformed},
	{"a line break in an id", at26(eidOf("[{\"id\":\",\n\"x\":1}]")), openrtb.ErrMalformed},
	{"a line break in a source", at26("[{\"source\":\",\n\"uids\":[]}]"), openrtb.ErrMalformed},
	{"a line break in a domain", "{\"site\":{\"domain\":\",\n\"x\":1}}", openrtb.ErrMalformed},
	{"no colon in an ext", at26(eidOf(`[{"id":"A","ext":{"uid2" 1}}]`)), openrtb.ErrMalformed},
	{"no comma", `{"a":1 "b":2}`, openrtb.ErrMalformed},
	{"no colon", `{"a" 1}`, openrtb.ErrMalformed},
	{"bare key", `{a:1}`, openrtb.ErrMalformed},
	{"comment", `{"a":1}//`, openrtb.ErrMalformed},
	{"control character", "{\"a\":\"\n\"}", openrtb.ErrMalformed},
	{"last control character", "{\"a\":\"\x1f\"}", openrtb.ErrMalformed},
	{"bad escape", `{"a":"\x41"}`, openrtb.ErrMalformed},
	{"bad unicode escape", `{"a":"\u12g4"}`, openrtb.ErrMalformed},
	{"open string", `{"a":"`, openrtb.ErrMalformed},
	{"escape at the end", `{"a":"\`, openrtb.ErrMalformed},
	{"leading zero", `{"a":01}`, openrtb.ErrMalformed},
	{"plus", `{"a":+1}`, openrtb.ErrMalformed},
	{"no fraction", `{"a":1.}`, openrtb.ErrMalformed},
	{"no exponent", `{"a":1e}`, openrtb.ErrMalformed},
	{"minus", `{"a":-}`, openrtb.ErrMalformed},
	{"NaN", `{"a":NaN}`, openrtb.ErrMalformed},
	{"truth", `{"a":tru}`, openrtb.ErrMalformed},
	{"malformed far from the user", at26(good)[:len(at26(good))-1] + `,"z":[}`, openrtb.ErrMalformed},
	{"deep", `{"a":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}`, openrtb.ErrTooDeep},
	{"deep ext of a uid", at26(eidOf(`[{"id":"A","ext":{"a":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}}]`)), openrtb.ErrTooDeep},
	{"deep ext of a uid, an array", at26(eidOf(`[{"id":"A","ext":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}]`)), openrtb.ErrTooDeep},
	{"deep source", at26(`[{"source":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}]`), openrtb.ErrTooDeep},
	{"deep user", `{"user":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}`, openrtb.ErrTooDeep},
	{"deep page", `{"site":{"page":` + strings.Repeat("[", openrtb.MaxDepth) + strings.Repeat("]", openrtb.MaxDepth) + `}}`, openrtb.ErrTooDeep},
	{"far deeper than a stack", `{"a":` + strings.Repeat("[", 1<<20), openrtb.ErrTooDeep},
	{"deep objects", strings.Repeat(`{"a":`, openrtb.MaxDepth+1) + "1" + strings.Repeat("}", openrtb.MaxDepth+1), openrtb.ErrTooDeep},
}

func TestRefused(t *testing.T) {
	for _, test := range refused {
		got, err := openrtb.AnnotateRequest([]byte("before"), []byte(test.req), func(openrtb.Source, string) openrtb.Edit {
			t.Errorf("%s: decide was called", test.name)
			return openrtb.Edit{}
		})
		if !errors.Is(err, test.err) || string(got) != "before"+test.req {
			t.Errorf("%s: %v, want %v; unchanged: %t", test.name, err, test.err, string(got) == "before"+test.req)
		}
		if n, err := count(openrtb.UIDsRaw([]byte(test.req))); n != 0 || !errors.Is(err, test.err) {
			t.Errorf("%s: UIDsRaw yields %d, %v", test.name, n, err)
		}
		if err != nil && len(test.req) > 10 && strings.Contains(err.Error(), test.req[:10]) {
			t.Errorf("%s: the error quotes the request", test.name)
		}
	}
}

// Values that are skipped by their brackets may be invalid JSON: a strict reader will refuse them,
// and everything else is unchanged.
func TestPassedByBrackets(t *testing.T) {
	for _, passed := range []string{`[1,]`, `{"a" 1}`, `{1:2}`, `[tru]`, `[01]`, "[\"\n\"]", `["\x41"]`, `[}`} {
		req := `{"imp":` + passed + `,` + at26(eidOf(`[{"id":"A","ext":{"uid2":1}}]`))[1:]
		got, err := openrtb.AnnotateRequest(nil, []byte(req), byID)
		if want := strings.Replace(req, `"uid2":1`, uid2, 1); err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", passed, err, got, want)
		}
	}
}

// leftAlone lists requests with values of unexpected types, or with keys that only resemble ours.
var leftAlone = []string{
	`{}`,
	`{"user":null}`,
	`{"user":[{"eids":` + good + `}]}`,
	`{"user":"x"}`,
	`{"users":{"eids":` + good + `}}`,
	`{"imp":[{"user":{"eids":` + good + `}}]}`,
	`{"user":{"eids":{"0":{"source":"uidapi.com","uids":[{"id":"A"}]}}}}`,
	`{"user":{"ext":` + good + `}}`,
	`{"user":{"ext":{"data":{"eids":` + good + `}}}}`,
	at26(`[null,1,"uidapi.com",[{"source":"uidapi.com"}],{}]`),
	at26(`[{"source":["uidapi.com"],"uids":[{"id":"A"}]}]`),
	at26(`[{"source":"uidapi.com\u0000","uids":[{"id":"A"}]}]`),
	at26(`[{"source":"uidapi.com","uids":{"id":"A"}}]`),
	at26(`[{"source":"uidapi.com","uids":"A"}]`),
	at26(eidOf(`[null,"A",["A"],{},{"id":null},{"id":1},{"id":["A"]},{"id":""}]`)),
	at26(eidOf(`[{"id":"K","ext":[]},{"id":"K","ext":[ ]},{"id":"A","ext":[[]]},{"id":"A","ext":[ 0 ]}]`)),
	at26(eidOf(`[{"id":"A","ext":"x"},{"id":"A","ext":[{"uid2":1}]},{"id":"A","ext":7},{"id":"A","ext":true}]`)),
	at26(eidOf(`[{"id":"K","ext":{"data":{"uid2":1}}}]`)),
	`{"a":[0,-0,1.5e+10,2E-3,true,false,null,"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"],"user":{}}`,
	`{"a":` + strings.Repeat("[", openrtb.MaxDepth-1) + strings.Repeat("]", openrtb.MaxDepth-1) + `}`,
	"\n\t {\"a\":1}\r ",
}

func TestLeftAlone(t *testing.T) {
	for _, req := range leftAlone {
		if got, err := openrtb.AnnotateRequest(nil, []byte(req), byID); err != nil || string(got) != req {
			t.Errorf("%s: %v\ngot %s", req, err, got)
		}
	}
}

// Ids and keys with escape sequences or invalid UTF-8.
func TestDecodedAsTheStandardLibraryDoes(t *testing.T) {
	for _, quoted := range []string{`"A\u0041"`, `"A\/\"\\"`, `"A\ud83d\ude00"`, `"A\ud800"`, `"A\ud800\u0041"`, `"A\udc00\ud800"`, "\"A\xff\"", "\"A\xff\xfe\xc3\"", `"Aé"`, `"A\u0000"`} {
		req := at26(eidOf(`[{"id":` + quoted + `}]`))
		var parsed openrtb2.BidRequest
		if err := json.Unmarshal([]byte(req), &parsed); err != nil {
			t.Fatalf("%s: %v", quoted, err)
		}
		want := parsed.User.EIDs[0].UIDs[0].ID
		for uid, err := range openrtb.UIDsRaw([]byte(req)) {
			if err != nil || string([]rune(uid.ID)) != want { // bytes that aren't UTF-8 stay as they are
				t.Errorf("%s: %q, %v, the standard library reads %q", quoted, uid.ID, err, want)
			}
		}
	}
	req := `{"\u0075ser":{"e\u0069ds":[{"so\u0075rce":"u\u0069dapi.com","u\u0069ds":[{"\u0069d":"A","e\u0078t":{"\u0075id2":1}}]}]}}`
	got, err := openrtb.AnnotateRequest(nil, []byte(req), byID)
	if want := strings.Replace(req, `"\u0075id2":1`, uid2, 1); err != nil || string(got) != want {
		t.Errorf("escaped keys: %v\ngot  %s\nwant %s", err, got, want)
	}
}

func TestHugeArrays(t *testing.T) {
	eid := `{"source":"other.example","uids":[` + strings.Repeat(`{"id":"x"},`, 9) + `{"id":"x","ext":{"uid2":1}}]},`
	req := []byte(at26(`[` + strings.Repeat(eid, 10_000) + good[1:]))
	got, err := openrtb.AnnotateRequest(nil, req, byID)
	if err != nil || bytes.Contains(got, []byte(`"uid2":1`)) || bytes.Count(got, []byte(uid2)) != 1 || !json.Valid(got) {
		t.Errorf("%v, %d bytes of %d", err, len(got), len(req))
	}
}
