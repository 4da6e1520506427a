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

// byHash selects one of all actions by the text of the token. It sums runes, not bytes: bytes that
// aren't UTF-8 are unchanged in a raw id, and U+FFFD in a typed one.
func byHash(_ openrtb.Source, id string) openrtb.Edit {
	sum := 0
	for _, r := range id {
		sum += int(r)
	}
	switch sum % 4 {
	case 0:
		return success
	case 1:
		return openrtb.Edit{Action: openrtb.Replace, ID: "raw"}
	case 2:
		return openrtb.Edit{Action: openrtb.Remove}
	}
	return openrtb.Edit{}
}

func keep(openrtb.Source, string) openrtb.Edit { return openrtb.Edit{} }

func seed(f *testing.F) {
	f.Add(realistic(f))
	f.Add(withoutTokens(f))
	for _, edit := range edits {
		f.Add([]byte(at26(edit.before)))
		f.Add([]byte(at25(edit.before)))
	}
	for _, test := range refused {
		if len(test.req) < 2000 {
			f.Add([]byte(test.req))
		}
	}
	for _, req := range leftAlone {
		f.Add([]byte(req))
	}
}

// FuzzAnnotateRequest edits arbitrary requests. The laws: an error leaves the request unchanged;
// keeping everything a second time changes nothing; and if the request is JSON, so is the result,
// keeping changes nothing but forgeries, and removing annotations again restores the request,
// except for an ext that became empty.
func FuzzAnnotateRequest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, req []byte) {
		kept, err := openrtb.AnnotateRequest(nil, req, keep)
		if err != nil {
			if !bytes.Equal(kept, req) {
				t.Fatal("an error, and the request changed")
			}
			if !errors.Is(err, openrtb.ErrMalformed) && !errors.Is(err, openrtb.ErrTooDeep) && !errors.Is(err, openrtb.ErrAmbiguous) {
				t.Fatalf("an unknown error: %v", err)
			}
			return
		}
		if again := must(t, kept, keep); !bytes.Equal(again, kept) {
			t.Fatalf("keeping twice\n%s\n%s", kept, again)
		}
		if !json.Valid(req) {
			return
		}
		if !json.Valid(kept) {
			t.Fatal("not JSON")
		}
		if want := withoutForgeries(value(t, req)); !reflect.DeepEqual(want, value(t, kept)) {
			t.Fatalf("keeping changed more than forgeries: %s", kept)
		}
		if edited := must(t, req, byHash); !json.Valid(edited) {
			t.Fatalf("not JSON: %s", edited)
		}
		named, err := openrtb.AnnotateNamed(nil, req, func(name string, source openrtb.Source, id string) openrtb.Edit {
			if want := openrtb.NameRaw(req); name != want {
				t.Fatalf("the name is %q, NameRaw says %q", name, want)
			}
			return byHash(source, id)
		})
		if err != nil || !bytes.Equal(named, must(t, req, byHash)) {
			t.Fatalf("with the name the result differs: %s", named)
		}
		// Not with go-cmp, which takes exponential time on deep nesting.
		undone := must(t, must(t, req, annotate), keep)
		if !reflect.DeepEqual(withoutEmptyExt(value(t, kept)), withoutEmptyExt(value(t, undone))) {
			t.Fatalf("annotations removed again\n%s\n%s", kept, undone)
		}
	})
}

func must(t testing.TB, req []byte, decide openrtb.Decide) []byte {
	t.Helper()
	got, err := openrtb.AnnotateRequest(nil, req, decide)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func value(t *testing.T, text []byte) (v any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// dottedAndDotlessI replaces the letters other than I that readers may take for an i.
var dottedAndDotlessI = strings.NewReplacer("\u0130", "i", "\u0131", "i")

// withoutForgeries removes forged annotations from a decoded request.
func withoutForgeries(request any) any {
	user := member(request, "user")
	for _, eids := range []any{member(user, "eids"), member(member(user, "ext"), "eids")} {
		for _, eid := range elements(eids) {
			for _, uid := range elements(member(eid, "uids")) {
				ext, _ := member(uid, "ext").(map[string]any)
				maps.DeleteFunc(ext, func(key string, _ any) bool { return strings.EqualFold(dottedAndDotlessI.Replace(key), "uid2") })
			}
		}
	}
	return request
}

func member(v any, key string) any {
	object, _ := v.(map[string]any)
	return object[key]
}

func elements(v any) []any {
	array, _ := v.([]any)
	return array
}

// withoutEmptyExt removes ext wherever it is null or has no members or elements.
func withoutEmptyExt(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutEmptyExt(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withoutEmptyExt(v[key])
		}
		ext, is := v["ext"]
		members, object := ext.(map[string]any)
		array, isArray := ext.([]any)
		if is && (ext == nil || object && len(members) == 0 || isArray && len(array) == 0) {
			delete(v, "ext")
		}
	}
	return v
}
