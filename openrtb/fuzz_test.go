package openrtb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// byHash decides by the text of the token, in every way.
func byHash(_ openrtb.Source, id string) openrtb.Edit {
	sum := 0
	for i := range len(id) {
		sum += int(id[i])
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

// FuzzAnnotateRequest edits strange requests. The laws: an error leaves the request as it was; the result of anything
// else is JSON; keeping changes nothing but forgeries, and nothing at all the second time; and annotations that are taken
// away again leave what was there, but for an ext that became empty.
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
		if !json.Valid(req) || !json.Valid(kept) {
			t.Fatal("no JSON")
		}
		if again := must(t, kept, keep); !bytes.Equal(again, kept) {
			t.Fatalf("keeping twice\n%s\n%s", kept, again)
		}
		if edited := must(t, req, byHash); !json.Valid(edited) {
			t.Fatalf("no JSON: %s", edited)
		}
		// Not by go-cmp, which takes exponential time on deep nesting.
		undone := must(t, must(t, req, annotate), keep)
		if !reflect.DeepEqual(withoutEmptyExt(value(t, kept)), withoutEmptyExt(value(t, undone))) {
			t.Fatalf("annotations taken away again\n%s\n%s", kept, undone)
		}
	})
}

func must(t *testing.T, req []byte, decide openrtb.Decide) []byte {
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

// withoutEmptyExt takes ext out wherever it is null or has no members.
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
		if members, object := ext.(map[string]any); is && (ext == nil || object && len(members) == 0) {
			delete(v, "ext")
		}
	}
	return v
}

// FuzzDifferential holds bytes and types together. The law: what both take, they edit into the same eids.
func FuzzDifferential(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, req []byte) {
		var given openrtb2.BidRequest
		if json.Unmarshal(req, &given) != nil {
			return
		}
		raw, err := openrtb.AnnotateRequest(nil, req, byHash)
		if err != nil {
			return
		}
		want, _, err := openrtb.AnnotateUser(given.User, byHash)
		if err != nil {
			t.Fatalf("bytes are fine, types are not: %v", err)
		}
		var got openrtb2.BidRequest
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if want, got := contents(t, want), contents(t, got.User); !reflect.DeepEqual(want, got) {
			t.Fatalf("%s\nbytes: %v\ntypes: %v", raw, got, want)
		}
	})
}

// contents is a user's eids, with the ext of each uid read.
func contents(t *testing.T, user *openrtb2.User) []any {
	t.Helper()
	if user == nil {
		return nil
	}
	var all []any
	for _, eid := range user.EIDs {
		one := []any{eid.Source}
		for _, uid := range eid.UIDs {
			var ext any
			if len(uid.Ext) > 0 {
				ext = value(t, uid.Ext)
			}
			one = append(one, uid.ID, uid.AType, ext)
		}
		all = append(all, one)
	}
	if len(user.Ext) > 0 {
		all = append(all, value(t, user.Ext))
	}
	return all
}
