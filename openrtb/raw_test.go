package openrtb_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// uid2 is the annotation that success writes.
var uid2 = `"uid2":` + string(success.Annotation.AppendJSON(nil))

// byID selects the action by the first letter of the token.
func byID(_ openrtb.Source, id string) openrtb.Edit {
	switch id[0] {
	case 'A':
		return success
	case 'R':
		return openrtb.Edit{Action: openrtb.Replace, ID: "raw/" + id}
	case 'X':
		return openrtb.Edit{Action: openrtb.Remove}
	}
	return openrtb.Edit{}
}

// at26 and at25 put eids where OpenRTB 2.6 and 2.5 have them.
func at26(eids string) string { return `{"id":"1","user":{"eids":` + eids + `,"ext":{"x":1}},"at":1}` }
func at25(eids string) string {
	return `{"id":"1","user":{"id":"u","ext":{"x":[1, 2],"eids":` + eids + `}},"at":1}`
}

func eidOf(uids string) string { return `[{"source":"uidapi.com","uids":` + uids + `}]` }

// edits lists eids before and after an edit.
var edits = []struct{ name, before, after string }{
	{"keep", eidOf(`[{"id":"K"}]`), eidOf(`[{"id":"K"}]`)},
	{"annotate", eidOf(`[{"id":"A","atype":3}]`), eidOf(`[{"id":"A","atype":3,"ext":{` + uid2 + `}}]`)},
	{"empty ext", eidOf(`[{"id":"A","ext":{}}]`), eidOf(`[{"id":"A","ext":{` + uid2 + `}}]`)},
	{"null ext", eidOf(`[{"ext":null,"id":"A"}]`), eidOf(`[{"ext":{` + uid2 + `},"id":"A"}]`)},
	{"empty array as ext", eidOf(`[{"id":"A","ext":[]}]`), eidOf(`[{"id":"A","ext":{` + uid2 + `}}]`)},
	{"empty array with space", eidOf("[{\"ext\":[ \n\t\r] , \"id\":\"A\"}]"), eidOf(`[{"ext":{` + uid2 + `} , "id":"A"}]`)},
	{"empty array, replaced", eidOf(`[{"ext":[ ],"id":"R"}]`), eidOf(`[{"ext":[ ],"id":"raw/R"}]`)},
	{"other members of ext", eidOf(`[{"id":"A","ext":{"rtiPartner":"UID2", "n": [1, {}]}}]`), eidOf(`[{"id":"A","ext":{"rtiPartner":"UID2", "n": [1, {}],` + uid2 + `}}]`)},
	{"forgery", eidOf(`[{"id":"A","ext":{"uid2":{"raw":"f"}}}]`), eidOf(`[{"id":"A","ext":{` + uid2 + `}}]`)},
	{"forgeries", eidOf(`[{"id":"A","ext":{"a" : 1,"UID2":1,"u\u0069d2":2 ,"b":2}}]`), eidOf(`[{"id":"A","ext":{"a":1,"b":2,` + uid2 + `}}]`)},
	{"forgery, kept", eidOf(`[{"id":"K","ext":{"uid2":1}}]`), eidOf(`[{"id":"K","ext":{}}]`)},
	{"forgery at another source", `[{"source":"other.example","uids":[{"id":"A","ext":{"uid2":1,"b":2}}]}]`, `[{"source":"other.example","uids":[{"id":"A","ext":{"b":2}}]}]`},
	{"forgeries with other letters i", eidOf(`[{"id":"A","ext":{"uİd2":1,"a":1,"UıD2":2,"u\u0131d2":3}}]`), eidOf(`[{"id":"A","ext":{"a":1,` + uid2 + `}}]`)},
	{"forgery at no source", `[{"uids":[{"id":"A","ext":{"Uid2":1}}]}]`, `[{"uids":[{"id":"A","ext":{}}]}]`},
	{"forgery without id", eidOf(`[{"ext":{"uid2":1}}]`), eidOf(`[{"ext":{}}]`)},
	{"forgeries without id in a row", eidOf(`[{"a":1},{"ext":{"uid2":1}}, {"ext":{"uid2":2}},{},{"ext":{"uid2":3,"b":2}},{}]`), eidOf(`[{"a":1},{"ext":{}}, {"ext":{}},{},{"ext":{"b":2}},{}]`)},
	{"forgery behind a uid that is removed", eidOf(`[{"id":"X"},{"a":1},{"ext":{"uid2":1}}]`), eidOf(`[{"a":1},{"ext":{}}]`)},
	{"replace", eidOf(`[{"id":"R","ext":{"a":1}}]`), eidOf(`[{"id":"raw/R","ext":{"a":1}}]`)},
	{"replace, ext first", eidOf(`[{"ext":{"uid2":1}, "id" : "R", "atype":3}]`), eidOf(`[{"ext":{}, "id" : "raw/R", "atype":3}]`)},
	{"replace, forgery behind", eidOf(`[{"id":"R","ext":{"uid2":1}}]`), eidOf(`[{"id":"raw/R","ext":{}}]`)},
	{"replace, no ext", eidOf(`[{"atype":3,"id":"R"}]`), eidOf(`[{"atype":3,"id":"raw/R"}]`)},
	{"remove the first", eidOf(`[{"id":"X"}, {"id":"K"}]`), eidOf(`[{"id":"K"}]`)},
	{"remove the last", eidOf(`[{"id":"K"} , {"id":"X"}]`), eidOf(`[{"id":"K"}]`)},
	{"remove between", eidOf(`[{"id":"K1"}, {"id":"X"}, {"id":"A"}]`), eidOf(`[{"id":"K1"},{"id":"A","ext":{` + uid2 + `}}]`)},
	{"remove the only one", eidOf(`[{"id":"X"}]`), `[]`},
	{"remove an eid among others", `[{"source":"a"}, {"source":"euid.eu","uids":[{"id":"X"},{"id":"X2"}]}, {"source":"b","uids":[]}]`, `[{"source":"a"},{"source":"b","uids":[]}]`},
	{"several", `[{"source":"UIDapi.com","uids":[{"id":"A"}, {"id":"R"}]},` + "\n\t" + `{"source":"EUID.eu","uids":[{"id":"A"}]}]`,
		`[{"source":"UIDapi.com","uids":[{"id":"A","ext":{` + uid2 + `}}, {"id":"raw/R"}]},` + "\n\t" + `{"source":"EUID.eu","uids":[{"id":"A","ext":{` + uid2 + `}}]}]`},
	{"source last", `[{"uids":[{"id":"A"}],"source":"uidapi.com"}]`, `[{"uids":[{"id":"A","ext":{` + uid2 + `}}],"source":"uidapi.com"}]`},
	{"space", "[ {\n\"source\" : \"uidapi.com\" ,\r\"uids\" : [ { \"id\" : \"A\" } ] } ]", "[ {\n\"source\" : \"uidapi.com\" ,\r\"uids\" : [ { \"id\" : \"A\",\"ext\":{" + uid2 + "} } ] } ]"},
	{"no eids", `[]`, `[]`},
}

func TestAnnotateRequest(t *testing.T) {
	for _, edit := range edits {
		for form, wrap := range map[string]func(string) string{"2.6": at26, "2.5": at25} {
			got, err := openrtb.AnnotateRequest([]byte("before"), []byte(wrap(edit.before)), byID)
			if want := "before" + wrap(edit.after); err != nil || string(got) != want {
				t.Errorf("%s, %s: %v\ngot  %s\nwant %s", edit.name, form, err, got, want)
			}
		}
	}
}

// In a realistic request, all bytes before and after the edit are those of the input.
func TestRealisticRequest(t *testing.T) {
	req := realistic(t)
	end := strings.LastIndex(string(req), `}}]}]}}`) // of the last uid's ext
	got, err := openrtb.AnnotateRequest(nil, req, annotate)
	if err != nil || string(got) != string(req[:end])+","+uid2+string(req[end:]) {
		t.Errorf("%v\n%s", err, got)
	}
	if kept, err := openrtb.AnnotateRequest(nil, got, keep); err != nil || string(kept) != string(req) {
		t.Errorf("kept: %v\n%s", err, kept)
	}
}

// Both arrays in one request, user.ext.eids first: decide still gets user.eids first.
func TestBothPlaces(t *testing.T) {
	req := `{"user":{"ext":{"eids":` + eidOf(`[{"id":"K2"}]`) + `},"eids":` + eidOf(`[{"id":"K1"}]`) + `}}`
	var seen []string
	got, err := openrtb.AnnotateRequest(nil, []byte(req), func(_ openrtb.Source, id string) openrtb.Edit {
		seen = append(seen, strings.Clone(id))
		return openrtb.Edit{Action: openrtb.Replace, ID: "new" + id}
	})
	want := strings.ReplaceAll(req, `"K`, `"newK`)
	if err != nil || string(got) != want || strings.Join(seen, " ") != "K1 K2" {
		t.Errorf("%v, %s, %s", err, seen, got)
	}
}

func TestMaxUIDs(t *testing.T) {
	if openrtb.MaxUIDs != 64 || openrtb.MaxDepth != 128 {
		t.Errorf("%d uids, depth %d: docs say 64 and 128", openrtb.MaxUIDs, openrtb.MaxDepth)
	}
	uids := strings.Repeat(`{"id":"K","ext":{"uid2":1}},`, openrtb.MaxUIDs) + `{"id":"last","ext":{"uid2":1}}`
	for form, wrap := range map[string]func(string) string{"2.6": at26, "2.5": at25} {
		asked := 0
		got, err := openrtb.AnnotateRequest(nil, []byte(wrap(eidOf("["+uids+"]"))), func(openrtb.Source, string) openrtb.Edit {
			asked++
			return openrtb.Edit{}
		})
		if err != nil || asked != openrtb.MaxUIDs {
			t.Errorf("%s: asked %d times, %v", form, asked, err)
		}
		if strings.Contains(string(got), "uid2\"") || !strings.Contains(string(got), `{"id":"last","ext":{}}`) {
			t.Errorf("%s: a forgery is left: %s", form, got)
		}
		if shown, err := count(openrtb.UIDsRaw([]byte(wrap(eidOf("[" + uids + "]"))))); err != nil || shown != openrtb.MaxUIDs {
			t.Errorf("%s: shown %d, %v", form, shown, err)
		}
	}
}

// count returns how many uids are yielded, and the error if there is one.
func count(uids iter.Seq2[openrtb.UID, error]) (n int, err error) {
	for uid, failed := range uids {
		if failed != nil {
			if uid != (openrtb.UID{}) || err != nil {
				return n, errors.New("an error comes with a uid, or with another one")
			}
			err = failed
			continue
		}
		n++
	}
	return n, err
}

// seen are the uids that are yielded until one with an id.
func seen(uids iter.Seq2[openrtb.UID, error], until string) (all string, err error) {
	for uid, err := range uids {
		if err != nil {
			return all, err
		}
		all += fmt.Sprintf("%s %v %s,", uid.Name, uid.Source, uid.ID)
		if uid.ID == until {
			break
		}
	}
	return all, nil
}

// UIDsRaw yields what AnnotateNamed asks about, with the name that NameRaw finds, until it is told
// to stop.
func TestUIDsRaw(t *testing.T) {
	req := []byte(`{"app":{"bundle":"com.example"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"a"},{"id":""},{"id":5},{"id":"b"}]},` +
		`{"source":"x","uids":[{"id":"c"}]},{"source":"euid.eu","uids":[{"id":"d\u0031"}]}]}}`)
	const two = "com.example uidapi.com a,com.example uidapi.com b,"
	for until, want := range map[string]string{"": two + "com.example euid.eu d1,", "b": two, "d1": two + "com.example euid.eu d1,"} {
		if got, err := seen(openrtb.UIDsRaw(req), until); err != nil || got != want {
			t.Errorf("until %q: %s, %v", until, got, err)
		}
	}
	if n, err := count(openrtb.UIDsRaw(append(req, ']'))); n != 0 || !errors.Is(err, openrtb.ErrMalformed) {
		t.Errorf("%d, %v", n, err)
	}
}

// Pooled state of one request must not leak into the next, even if the first one failed.
func TestRequestsDoNotMix(t *testing.T) {
	small := []byte(at26(eidOf(`[{"id":"K"}]`)))
	for _, first := range []string{at25(eidOf(`[{"id":"A"},{"id":"X"}]`)), at26(eidOf(`[{"id":"A"}`)), `{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"A"}`} {
		_, _ = openrtb.AnnotateRequest(nil, []byte(first), byID)
		if got, err := openrtb.AnnotateRequest(nil, small, byID); err != nil || string(got) != string(small) {
			t.Errorf("after %s: %v, %s", first, err, got)
		}
	}
}
