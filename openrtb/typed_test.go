//go:build go1.25

package openrtb_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

func TestAnnotateUser(t *testing.T) {
	for _, edit := range edits {
		for form, wrap := range map[string]func(string) string{"2.6": at26, "2.5": at25} {
			given, want := userOf(t, []byte(wrap(edit.before))), userOf(t, []byte(wrap(edit.after)))
			before := userOf(t, []byte(wrap(edit.before)))
			got, changed, err := openrtb.AnnotateUser(given, byID)
			if err != nil || changed != (edit.before != edit.after) || changed == (got == given) {
				t.Errorf("%s, %s: changed %t, %v", edit.name, form, changed, err)
			}
			if difference := cmp.Diff(decoded(t, want), decoded(t, got)); difference != "" {
				t.Errorf("%s, %s: %s", edit.name, form, difference)
			}
			if difference := cmp.Diff(before, given); difference != "" {
				t.Errorf("%s, %s: the given user was changed: %s", edit.name, form, difference)
			}
		}
	}
}

// decoded returns a user with its ext decoded.
func decoded(t testing.TB, user *openrtb2.User) (v any) {
	t.Helper()
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnnotateUserCountsBothPlaces(t *testing.T) {
	user := userOf(t, []byte(at26(eidOf(`[`+strings.Repeat(`{"id":"K"},`, openrtb.MaxUIDs-1)+`{"id":"K"}]`))))
	user.Ext = json.RawMessage(`{"eids":` + eidOf(`[{"id":"A","ext":{"uid2":1}}]`) + `}`)
	asked := 0
	got, _, err := openrtb.AnnotateUser(user, func(openrtb.Source, string) openrtb.Edit { asked++; return openrtb.Edit{} })
	if err != nil || asked != openrtb.MaxUIDs || string(got.Ext) != `{"eids":`+eidOf(`[{"id":"A","ext":{}}]`)+`}` {
		t.Errorf("asked %d times, %v, %s", asked, err, got.Ext)
	}
	if shown, err := count(openrtb.UIDs(user)); err != nil || shown != openrtb.MaxUIDs {
		t.Errorf("shown %d, %v", shown, err)
	}
}

func TestAnnotateUserMaxUIDs(t *testing.T) {
	uids := strings.Repeat(`{"id":"K"},`, openrtb.MaxUIDs) + `{"id":"A","ext":{"uid2":1}}`
	user := userOf(t, []byte(at26(eidOf("["+uids+"]"))))
	got, _, err := openrtb.AnnotateUser(user, byID)
	if err != nil || string(got.EIDs[0].UIDs[openrtb.MaxUIDs].Ext) != `{}` {
		t.Errorf("%v, %s", err, got.EIDs[0].UIDs[openrtb.MaxUIDs].Ext)
	}
	if n, err := count(openrtb.UIDs(user)); n != openrtb.MaxUIDs || err != nil {
		t.Errorf("%d are shown, %v", n, err)
	}
}

func TestUserRefused(t *testing.T) {
	uid := func(ext string) *openrtb2.User {
		return &openrtb2.User{EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: "K"}, {ID: "K", Ext: json.RawMessage(ext)}}}}}
	}
	ext := func(text string) *openrtb2.User { return &openrtb2.User{Ext: json.RawMessage(text)} }
	deep := strings.Repeat("[", openrtb.MaxDepth+1) + strings.Repeat("]", openrtb.MaxDepth+1)
	for _, test := range []struct {
		name string
		user *openrtb2.User
		err  error
	}{
		{"cut ext", ext(`{"eids":`), openrtb.ErrMalformed},
		{"ext is a cut array", ext(`[`), openrtb.ErrMalformed},
		{"more behind an array", ext(`[] []`), openrtb.ErrMalformed},
		{"eids twice", ext(`{"eids":[],"eids":[]}`), openrtb.ErrAmbiguous},
		{"deep", ext(`{"a":` + deep + `}`), openrtb.ErrTooDeep},
		{"a uid's ext", uid(`{"a"`), openrtb.ErrMalformed},
		{"more behind a uid's ext", uid(`{} {}`), openrtb.ErrMalformed},
		{"deep ext of a uid", uid(deep), openrtb.ErrTooDeep},
	} {
		got, changed, err := openrtb.AnnotateUser(test.user, byID)
		if !errors.Is(err, test.err) || got != test.user || changed {
			t.Errorf("%s: %v, changed %t", test.name, err, changed)
		}
	}
	if n, err := count(openrtb.UIDs(ext(`{`))); n != 0 || !errors.Is(err, openrtb.ErrMalformed) {
		t.Errorf("UIDs: %d, %v", n, err)
	}
}

func TestNoUser(t *testing.T) {
	if got, changed, err := openrtb.AnnotateUser(nil, nil); got != nil || changed || err != nil {
		t.Error(got, changed, err)
	}
	if n, err := count(openrtb.UIDs(nil)); n != 0 || err != nil {
		t.Error(n, err)
	}
	for _, ext := range []string{"", "null", " null", "{}", " {} ", `"x"`, "7", "[]", `[{"eids":` + good + `}]`} {
		user := &openrtb2.User{Ext: json.RawMessage(ext)}
		if got, changed, err := openrtb.AnnotateUser(user, byID); got != user || changed || err != nil {
			t.Error(ext, changed, err)
		}
	}
}

func TestUIDs(t *testing.T) {
	user := userOf(t, []byte(at26(`[{"source":"uidapi.com","uids":[{"id":"a"},{"id":""},{"id":"b"}]},{"source":"x","uids":[{"id":"c"}]}]`)))
	user.Ext = json.RawMessage(`{"eids":[{"source":"euid.eu","uids":[{"id":"d"}]}]}`)
	const a, b, d = " uidapi.com a,", " uidapi.com b,", " euid.eu d,"
	for until, want := range map[string]string{"": a + b + d, "a": a, "b": a + b, "d": a + b + d} {
		if got, err := seen(openrtb.UIDs(user), until); err != nil || got != want {
			t.Errorf("until %q: %q, %v", until, got, err)
		}
	}
}

// Several auctions and bidders may share one user.
func TestRaceOneUser(t *testing.T) {
	user := inExt(t, userOf(t, realistic(t)))
	user.EIDs = userOf(t, realistic(t)).EIDs
	want := decoded(t, user)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			id := fmt.Sprint("raw", i)
			for range 50 {
				got, changed, err := openrtb.AnnotateUser(user, func(openrtb.Source, string) openrtb.Edit {
					return openrtb.Edit{Action: openrtb.Replace, ID: id}
				})
				if err != nil || !changed || got.EIDs[3].UIDs[0].ID != id || !strings.Contains(string(got.Ext), `{"id":"`+id+`"`) {
					t.Errorf("changed %t, %v", changed, err)
				}
			}
		})
	}
	group.Wait()
	if difference := cmp.Diff(want, decoded(t, user)); difference != "" {
		t.Error(difference)
	}
}
