package openrtb_test

import (
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// A glance may see what isn't there, and must not overlook anything.
func TestGlance(t *testing.T) {
	for text, want := range map[string]struct{ tokens, forgeries bool }{
		`{}`:             {},
		`{"id":"u"}`:     {},
		`{"ext":{}}`:     {},
		`{"ext":"eids"}`: {},
		`{"eids":[{"source":"adserver.org","uids":[{"id":"a","ext":{"rtiPartner":"TDID"}}]}]}`:         {},
		`{"ext":{"eids":[{"source":"adserver.org","uids":[{"id":"a","ext":{"rtiPartner":"TDID"}}]}]}}`: {},
		`{"ext":{"consent":"2","eids":[{"source":"uidapi.org","uids":[{"id":"uid2"}]}]}}`:              {},
		`{"ext":{"eids":[{"source":".com","uids":[]},{"source":"euid.","uids":[]}]}}`:                  {},

		`{"eids":[{"source":"UIDAPI.com","uids":[{"id":"a"}]}]}`:                              {tokens: true},
		`{"eids":[{"source":"x.org"},{"source":"euid.eu","uids":[{"id":"a"}]}]}`:              {tokens: true},
		`{"ext":{"eids":[{"uids":[{"id":"a"}],"source":"uidapi.COM"}]}}`:                      {tokens: true},
		`{"ext":{"eids":[{"source":"a.b.euid.eu"},{"source":"euid.eu"}]}}`:                    {tokens: true},
		`{"ext":{"eids":[{"source":"uid\u0061pi.com","uids":[{"id":"a"}]}]}}`:                 {tokens: true},
		`{"ext":{"eids":[{"source":"uidapi\u002ecom","uids":[{"id":"a"}]}]}}`:                 {tokens: true},
		`{"eids":[{"source":"x.org","uids":[{"id":"a"},{"id":"b","ext":{"UID2" : 1}}]}]}`:     {forgeries: true},
		`{"ext":{"eids":[{"source":"x.org","uids":[{"id":"a","ext":{"uid2":{}}}]}]}}`:         {forgeries: true},
		`{"ext":{"EIDS":[{"source":"x.org","uids":[{"id":"a","ext":{"uid2":{}}}]}]}}`:         {forgeries: true},
		`{"ext":{"eids":[{"source":"x.org","uids":[{"id":"a","ext":{"ui\u00642":{}}}]}]}}`:    {tokens: true, forgeries: true},
		`{"ext":{"eids":[{"source":"x.org","uids":[{"id":"a","ext":{"uid\u0032":{}}}]}]}}`:    {tokens: true, forgeries: true},
		`{"eids":[{"source":"euid.eu","uids":[{"id":"a","ext":{"uid2":{"raw":"forged"}}}]}]}`: {tokens: true, forgeries: true},
	} {
		var user openrtb2.User
		if err := json.Unmarshal([]byte(text), &user); err != nil {
			t.Fatal(text, err)
		}
		if tokens, forgeries := openrtb.MayHaveTokens(&user), openrtb.MayHaveForgeries(&user); tokens != want.tokens || forgeries != want.forgeries {
			t.Errorf("%s: %v, %v", text, tokens, forgeries)
		}
		checkGlance(t, &user)
	}
	if openrtb.MayHaveTokens(nil) || openrtb.MayHaveForgeries(nil) {
		t.Error("there is something in no user")
	}
}

// FuzzGlance: what a glance doesn't see isn't there.
func FuzzGlance(f *testing.F) {
	for _, seed := range []string{`{"eids":[{"source":"uidapi.com","uids":[{"id":"a","ext":{"uid2":1}}]}]}`,
		`{"eids":[{"source":"euid\u002eeu","uids":[{"id":"a"}]}]}`, `{"eids":[{"source":"x","uids":[{"id":"a","ext":{"\u0075id2":1}}]}]}`} {
		f.Add(seed, "uidapi.com", `{"uid2" :1}`)
	}
	f.Fuzz(func(t *testing.T, ext, source, uidExt string) {
		user := &openrtb2.User{Ext: json.RawMessage(ext), EIDs: []openrtb2.EID{{Source: source, UIDs: []openrtb2.UID{{ID: "a", Ext: json.RawMessage(uidExt)}}}}}
		checkGlance(t, user)
	})
}

func checkGlance(t *testing.T, user *openrtb2.User) {
	t.Helper()
	shown := 0
	for _, err := range openrtb.UIDs(user) {
		if err == nil {
			shown++
		}
	}
	if shown > 0 && !openrtb.MayHaveTokens(user) {
		t.Error("a token was overlooked")
	}
	if _, changed, err := openrtb.AnnotateUser(user, func(openrtb.Source, string) openrtb.Edit { return openrtb.Edit{} }); changed && err == nil && !openrtb.MayHaveForgeries(user) {
		t.Error("a forgery was overlooked")
	}
}

// TestGlanceAtTheEdges: a source is found wherever it stands in user.ext, and a part of one isn't
// looked for beyond it.
func TestGlanceAtTheEdges(t *testing.T) {
	for ext, want := range map[string]bool{
		"uidapi.com": true, "euid.eu": true, `"euid.eu`: true, "euid.eu.": true, ".euid.eu": true, "..uidapi.com": true, `\`: true, `x\`: true,
		".": false, ".eu": false, "uid.eu": false, "euid.e": false, "euid.": false, "idapi.com": false, "uidapi.co": false, "uidapixcom": false,
	} {
		if got := openrtb.MayHaveTokens(&openrtb2.User{Ext: json.RawMessage(ext)}); got != want {
			t.Errorf("%s: %v", ext, got)
		}
	}
}
