package openrtb_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

var scalars = []string{
	"true", "false", "null", "0", "-0", "10", "-7", "1234567890", "0.5", "-10.25", "0e1", "1E9", "12.5e+10", "2E-33", "-0.0E0",
	`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\uD83D\udE00\ud800"`, `"é` + "\x7f\u2028" + `"`, `"01234567\"89abcdef\\"`,
}

// The standard library decides which scalars are valid, in every place next to the eids.
func TestScalarsBesideEIDs(t *testing.T) {
	for _, scalar := range scalars {
		for end := range len(scalar) + 1 {
			for _, more := range []string{"", "0", "e", "-", ".", "u", `"`, `\`, " ", "\x00", "\x1f"} {
				written := scalar[:end] + more
				for _, form := range []string{
					`{"x":@,"user":{"eids":#}}`, `{"user":{"eids":#},"x":@}`, `{"user":{"x":@,"eids":#,"ext":{"y":@}}}`, `{"user":{"ext":{"x":@ , "eids":#}}}`,
					`{"user":{"eids":[@,{"source":"a","x":@,"uids":[@,{"x":@,"id":"A","ext":{"x":@}},@]}]}}`, `{"site":{"page":@},"app":{"bundle":@}}`,
				} {
					req := []byte(strings.NewReplacer("@", written, "#", good).Replace(form))
					_, err := openrtb.AnnotateRequest(nil, req, byID)
					if (err == nil) != json.Valid(req) {
						t.Errorf("%q: %v", req, err)
					}
				}
			}
		}
	}
}

// A typed ext may have white space around it; what replaces it has none.
func TestTypedExtWithSpace(t *testing.T) {
	for _, c := range []struct{ ext, annotated, kept string }{
		{" {}", "{" + uid2 + "}", " {}"},
		{"\t{\"a\" : 1 }\r\n", "{\"a\" : 1," + uid2 + " }", "\t{\"a\" : 1 }\r\n"},
		{" \n null ", "{" + uid2 + "}", " \n null "},
		{" [ ]", "{" + uid2 + "}", " [ ]"},
		{" [1] ", " [1] ", " [1] "},
		{" {\"uid2\":1} ", "{" + uid2 + "}", "{}"},
	} {
		user := &openrtb2.User{EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: "A", Ext: json.RawMessage(c.ext)}, {ID: "K", Ext: json.RawMessage(c.ext)}}}}}
		got, changed, err := openrtb.AnnotateUser(user, byID)
		if err != nil || changed != (c.ext != c.kept || c.ext != c.annotated) {
			t.Errorf("%q: changed %t, %v", c.ext, changed, err)
		}
		if uids := got.EIDs[0].UIDs; string(uids[0].Ext) != c.annotated || string(uids[1].Ext) != c.kept {
			t.Errorf("%q: %q and %q, want %q and %q", c.ext, uids[0].Ext, uids[1].Ext, c.annotated, c.kept)
		}
	}
	user := &openrtb2.User{Ext: json.RawMessage(" \n{\"eids\":" + eidOf(`[{"id":"A"}]`) + "} ")}
	got, _, err := openrtb.AnnotateUser(user, byID)
	if want := " \n{\"eids\":" + eidOf(`[{"id":"A","ext":{`+uid2+`}}]`) + "} "; err != nil || string(got.Ext) != want || bytes.Contains(user.Ext, []byte("uid2")) {
		t.Errorf("%v, %q", err, got.Ext)
	}
}
