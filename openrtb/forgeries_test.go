package openrtb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// inConfigs puts users into the first-party data of single bidders.
func inConfigs(users ...string) string {
	var configs []string
	for _, user := range users {
		configs = append(configs, `{"bidders":["a"],"config":{"ortb2":{"site":{},"user":`+user+`}}}`)
	}
	return `{"id":"1","ext":{"x":1,"prebid":{"debug":true,"bidderconfig":[` + strings.Join(configs, " , ") + `]}}}`
}

// forged are eids with several forgeries, and clean is what must be left of them.
const (
	forged = `[{"source":"a","uids":[{"id":"K","ext":{"uid2":1}}, {"ext":{"a":1 , "UID2":[{"uid2":1}]}}]},7,{"uids":[{"ext":{"u\u0069d2":{},"b":[1 ,2]},"id":""}]}]`
	clean  = `[{"source":"a","uids":[{"id":"K","ext":{}}, {"ext":{"a":1}}]},7,{"uids":[{"ext":{"b":[1 ,2]},"id":""}]}]`
)

func TestRemoveForgeries(t *testing.T) {
	const both = `{"ext":{"eids":` + forged + `},"eids":` + forged + `}`
	const bothClean = `{"ext":{"eids":` + clean + `},"eids":` + clean + `}`
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for name, c := range map[string]struct {
		req, want string
		removed   int
	}{
		"2.6":              {at26(forged), at26(clean), 3},
		"2.5":              {at25(forged), at25(clean), 3},
		"configs":          {inConfigs(`{"eids":`+forged+`}`, `7`, both), inConfigs(`{"eids":`+clean+`}`, `7`, bothClean), 9},
		"space":            {" {\n\"user\" : { \"eids\":" + forged + " } }\t", " {\n\"user\" : { \"eids\":" + clean + " } }\t", 3},
		"twice":            {`{"user":` + both + `,"user":` + both + `}`, `{"user":` + bothClean + `,"user":` + bothClean + `}`, 12},
		"another case":     {`{"User":{"EIDS":[{"Uids":[{"EXT":{"uiD2":1}}]}]}}`, `{"User":{"EIDS":[{"Uids":[{"EXT":{}}]}]}}`, 1},
		"other letters":    {`{"u\u017fer":{"eıds":[{"uİds":[{"\u0065xt":{"u\u0130d2":1}}]}]}}`, `{"u\u017fer":{"eıds":[{"uİds":[{"\u0065xt":{}}]}]}}`, 1},
		"configs, cases":   {`{"EXT":{"Prebid":{"bidderConfig":[{"Config":{"ORTB2":{"USER":{"eids":` + forged + `}}}}]}}}`, `{"EXT":{"Prebid":{"bidderConfig":[{"Config":{"ORTB2":{"USER":{"eids":` + clean + `}}}}]}}}`, 3},
		"escaped 2":        {at26(eidOf(`[{"ext":{"a":1,"uid\u0032" :1}}]`)), at26(eidOf(`[{"ext":{"a":1}}]`)), 1},
		"escaped d":        {at26(eidOf("[{\"ext\":{\"ui\\u00642\"\n:1}}]")), at26(eidOf(`[{"ext":{}}]`)), 1},
		"escaped D":        {at26(eidOf(`[{"ext":{"ui\u00442":1}}]`)), at26(eidOf(`[{"ext":{}}]`)), 1},
		"all escaped":      {at26(eidOf(`[{"ext":{"\u0055\u0049\u0044\u0032":1}}]`)), at26(eidOf(`[{"ext":{}}]`)), 1},
		"deep":             {`{"a":` + deep + `,"user":{"eids":` + eidOf(`[{"ext":{"b":`+deep+`,"uid2":`+deep+`,"c":`+deep+`}}]`) + `}}`, `{"a":` + deep + `,"user":{"eids":` + eidOf(`[{"ext":{"b":`+deep+`,"c":`+deep+`}}]`) + `}}`, 1},
		"none":             {at26(clean), "", 0},
		"other places":     {`{"uid2":1,"user":{"uid2":1,"ext":{"uid2":1},"eids":[{"uid2":1,"ext":{"uid2":1},"uids":[{"uid2":1,"ext":{"a":{"uid2":1}}}]}]},"imp":[{"ext":{"uid2":1}}]}`, "", 0},
		"other shapes":     {`{"user":[{"eids":` + forged + `}],"ext":{"prebid":{"bidderconfig":{"config":{"ortb2":{"user":{"eids":` + forged + `}}}}}}}`, "", 0},
		"arrays in arrays": {`{"user":{"eids":[` + forged + `]}}`, "", 0},
		"no objects":       {`{"user":{"eids":[{"uids":[{"ext":[{"uid2":1}]},{"ext":"{\"uid2\":1}"}]},{"uids":{"ext":{"uid2":1}}}]}}`, "", 0},
	} {
		got, removed, err := openrtb.RemoveForgeries([]byte("before"), []byte(c.req))
		if err != nil || removed != c.removed || string(got) != "before"+c.want {
			t.Errorf("%s: %d, %v\ngot  %.300s\nwant before%.300s", name, removed, err, got, c.want)
		}
	}
}

// Anything that isn't an object stays as it is, as does anything after one.
func TestRemoveForgeriesOfNoJSON(t *testing.T) {
	for _, req := range []string{
		at26(forged)[:150], at26(forged)[:len(at26(forged))-1], "[" + at26(forged) + "]", "\ufeff" + at26(forged), "x" + at26(forged), at26(forged)[1:],
		strings.Replace(at26(forged), `,"ext"`, `"ext"`, 1), strings.Replace(at26(forged), `"ext":`, `"ext"`, 1), strings.Replace(at26(forged), `"a":1 ,`, `"a":1]`, 1),
		strings.Replace(at26(forged), `"at":1`, `"at":1,`, 1), `{"uid2":`, `"uid2":`, ` "uid2" :`, `2"uid2":`, `2":"uid2":`, `{"uid2":1`,
	} {
		got, removed, err := openrtb.RemoveForgeries([]byte("before"), []byte(req))
		if !errors.Is(err, openrtb.ErrMalformed) || string(got) != "before" || removed != 0 {
			t.Errorf("%s: %d, %v, %s", req, removed, err, got)
		}
	}
	for _, behind := range []string{"}", "\x00", at26(forged), " x"} {
		got, removed, err := openrtb.RemoveForgeries(nil, []byte(at26(forged)+behind))
		if err != nil || removed != 3 || string(got) != at26(clean)+behind {
			t.Errorf("%s: %d, %v, %s", behind, removed, err, got)
		}
	}
	for _, req := range []string{"", " ", "2\"", "2\":", "d2\"", "null", "uid2", `{"id2"`} { // no key can be uid2
		if got, removed, err := openrtb.RemoveForgeries(nil, []byte(req)); err != nil || removed != 0 || got != nil {
			t.Errorf("%q: %d, %v, %s", req, removed, err, got)
		}
	}
}

// FuzzRemoveForgeries: the result is JSON without forgeries and with everything else, and a second
// call removes nothing.
func FuzzRemoveForgeries(f *testing.F) {
	seed(f)
	for _, req := range []string{at26(forged), at25(forged), inConfigs(`{"eids":` + forged + `}`), `{"ext":{"Prebid":{"BIDDERCONFIG":[{"config":{"ortb2":{"user":{}}}}]}}}`} {
		f.Add([]byte(req))
	}
	f.Fuzz(func(t *testing.T, req []byte) {
		got, removed, err := openrtb.RemoveForgeries(nil, req)
		if err != nil && !errors.Is(err, openrtb.ErrMalformed) {
			t.Fatal(err)
		}
		if (removed > 0) != (len(got) > 0) || err != nil && removed > 0 {
			t.Fatalf("%d removed, %v: %s", removed, err, got)
		}
		if !json.Valid(req) || len(req) == 0 || bytes.TrimSpace(req)[0] != '{' {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if removed == 0 {
			got = req
		}
		if !json.Valid(got) {
			t.Fatalf("not JSON: %s", got)
		}
		if _, again, err := openrtb.RemoveForgeries(nil, got); again > 0 || err != nil {
			t.Fatalf("%d more, %v: %s", again, err, got)
		}
		if want := withoutForgeriesAnywhere(value(t, req)); !reflect.DeepEqual(want, value(t, got)) {
			t.Fatalf("%s\n%s\n%v", req, got, want)
		}
	})
}

// withoutForgeriesAnywhere removes from a decoded request what RemoveForgeries removes.
func withoutForgeriesAnywhere(request any) any {
	top := []any{request}
	configs := elementsOf(all(all(all(top, "ext"), "prebid"), "bidderconfig"))
	users := append(all(top, "user"), all(all(all(configs, "config"), "ortb2"), "user")...)
	eids := elementsOf(append(all(users, "eids"), all(all(users, "ext"), "eids")...))
	for _, ext := range all(elementsOf(all(eids, "uids")), "ext") {
		members, _ := ext.(map[string]any)
		maps.DeleteFunc(members, func(key string, _ any) bool { return looksLike(key, "uid2") })
	}
	return request
}

func looksLike(key, name string) bool { return strings.EqualFold(dottedAndDotlessI.Replace(key), name) }

// all returns the members of objects whose keys look like name.
func all(objects []any, name string) (values []any) {
	for _, object := range objects {
		members, _ := object.(map[string]any)
		for key, v := range members {
			if looksLike(key, name) {
				values = append(values, v)
			}
		}
	}
	return values
}

// elementsOf returns the elements of all arrays.
func elementsOf(arrays []any) (values []any) {
	for _, array := range arrays {
		values = append(values, elements(array)...)
	}
	return values
}
