package openrtb_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// FuzzDifferential compares AnnotateRequest and AnnotateUser. The law: where both succeed, the
// resulting eids are the same.
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
			t.Fatalf("bytes succeed, types fail: %v", err)
		}
		if !slices.Equal(rawIDs(t, req), typedIDs(t, given.User)) {
			t.Fatalf("bytes are asked about %q, types about %q", rawIDs(t, req), typedIDs(t, given.User))
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

// rawIDs returns the ids, as the standard library decodes them.
func rawIDs(t *testing.T, req []byte) (ids []string) {
	t.Helper()
	for uid, err := range openrtb.UIDsRaw(req) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, uid.Source.String()+" "+string([]rune(uid.ID)))
	}
	return ids
}

func typedIDs(t *testing.T, user *openrtb2.User) (ids []string) {
	t.Helper()
	for uid, err := range openrtb.UIDs(user) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, uid.Source.String()+" "+string([]rune(uid.ID))) // user.Ext keeps its bytes
	}
	return ids
}

// contents returns a user's eids, with the ext of each uid decoded.
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
