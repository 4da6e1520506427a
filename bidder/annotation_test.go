package bidder_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

var now = time.UnixMilli(fixtures.NowMs)

// everybody is of the same state.
type everybody bidstream.OptOut

func (e everybody) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut(e) }

var (
	nobodyOptedOut = bidstream.WithOptOuts(everybody{State: bidstream.NotOptedOut})
	nothingKnown   = bidstream.WithOptOuts(everybody{})
	allOptedOut    = bidstream.WithOptOuts(everybody{State: bidstream.OptedOut, SinceMs: 1_700_000_000_123})
)

// decrypter has the golden keys of both scopes.
func decrypter(t testing.TB, options ...bidstream.Option) *bidstream.Decrypter {
	t.Helper()
	for scope, id := range map[codec.Scope]string{codec.ScopeUID2: "golden-uid2", codec.ScopeEUID: "golden-euid"} {
		snapshot, err := keyset.Parse(fixtures.Answer(id))
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, bidstream.WithKeys(scope, keyset.Static(snapshot)))
	}
	d, err := bidstream.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newBidder is bidder.New for arguments that are possible.
func newBidder(t testing.TB, d *bidstream.Decrypter, mode bidder.Mode) *bidder.Bidder {
	t.Helper()
	b, err := bidder.New(d, mode)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// requestWith has one token, with a forged annotation, and a uid of another system with one.
func requestWith(source, token string) string {
	return `{"site":{"domain":"www.example.com"},"user":{"eids":[` +
		`{"source":"other.example","uids":[{"id":"o","ext":{"uid2":{"raw":"forged"}}}]},` +
		`{"source":"` + source + `","uids":[{"id":"` + token + `","atype":3,"ext":{"rtiPartner":"UID2","uid2":{"raw":"forged"}}}]}]}}`
}

// annotatedWith is what becomes of that.
func annotatedWith(source, token, annotation string) string {
	return `{"site":{"domain":"www.example.com"},"user":{"eids":[` +
		`{"source":"other.example","uids":[{"id":"o","ext":{}}]},` +
		`{"source":"` + source + `","uids":[{"id":"` + token + `","atype":3,"ext":{"rtiPartner":"UID2","uid2":` + annotation + `}}]}]}}`
}

// Every kind of verdict, to the byte: a member that is added, left out, moved or renamed fails
// here.
func TestAnnotations(t *testing.T) {
	const (
		uid2, euid = "uidapi.com", "euid.eu"
		dates      = `"established":1765886400000,"expires":2524608000000,"site_id":7000}`
		alice      = `{"status":"Success","raw":"AVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c=",`
	)
	for name, c := range map[string]struct {
		options       []bidstream.Option
		source, token string
		want          string
		found         bidder.Found
	}{
		"version 4": {[]bidstream.Option{nobodyOptedOut}, uid2, "G3",
			alice + `"opted_out":false,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"version 3": {[]bidstream.Option{nobodyOptedOut}, uid2, "G2",
			alice + `"opted_out":false,"type":"email","version":3,` + dates, bidder.Found{Usable: 1}},
		"version 2": {[]bidstream.Option{nobodyOptedOut}, uid2, "G1",
			alice + `"opted_out":false,"version":2,` + dates, bidder.Found{Usable: 1}},
		"a phone": {[]bidstream.Option{nobodyOptedOut}, uid2, "G4",
			`{"status":"Success","raw":"BPhtSgJXQOBNDyZYsWPDtdI8DgTvOJKWIaFNInh+BnYf","opted_out":false,"type":"phone","version":4,` + dates, bidder.Found{Usable: 1}},
		"EUID": {[]bidstream.Option{nobodyOptedOut}, euid, "G5",
			`{"status":"Success","raw":"EJcQdcPHOGSSJUvZihT3whBfkaeJM5JWxN6E84/ukWVk","opted_out":false,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"another source's letters": {[]bidstream.Option{nobodyOptedOut}, "EUID.eu", "G5",
			`{"status":"Success","raw":"EJcQdcPHOGSSJUvZihT3whBfkaeJM5JWxN6E84/ukWVk","opted_out":false,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"made by a client of an allowed name": {[]bidstream.Option{nobodyOptedOut}, uid2, "G6",
			alice + `"opted_out":false,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"opt-outs checked elsewhere": {nil, uid2, "G3",
			alice + `"opted_out":null,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"unknown and sent": {[]bidstream.Option{nothingKnown, bidstream.AllowUnsyncedOptOuts()}, uid2, "G3",
			alice + `"opted_out":null,"type":"email","version":4,` + dates, bidder.Found{Usable: 1}},
		"unknown": {[]bidstream.Option{nothingKnown}, uid2, "G3",
			`{"status":"Success","opted_out":null}`, bidder.Found{OptOutUnknown: 1}},
		"opted out": {[]bidstream.Option{allOptedOut}, uid2, "G3",
			`{"status":"UserOptedOut","opted_out":true,"opted_out_since":1700000000123}`, bidder.Found{OptedOut: 1}},
		"opted out, sent though unknown": {[]bidstream.Option{allOptedOut, bidstream.AllowUnsyncedOptOuts()}, uid2, "G3",
			`{"status":"UserOptedOut","opted_out":true,"opted_out_since":1700000000123}`, bidder.Found{OptedOut: 1}},
		"made for an opted-out user": {[]bidstream.Option{nobodyOptedOut}, uid2, "G8",
			`{"status":"UserOptedOut","opted_out":true}`, bidder.Found{OptedOut: 1}},
		"of the other scope": {[]bidstream.Option{nobodyOptedOut}, euid, "G3",
			`{"status":"InvalidIdentityScope"}`, bidder.Found{Unusable: 1}},
	} {
		token := fixtures.Token(c.token).Text
		if name == "version 2" {
			token = "uid2:" + token
		}
		b := newBidder(t, decrypter(t, c.options...), bidder.Annotate)
		want := "before" + annotatedWith(c.source, token, c.want)
		got, found, err := b.Annotate([]byte("before"), []byte(requestWith(c.source, token)), now)
		if err != nil || string(got) != want || found != c.found {
			t.Errorf("%s: %v, %+v\n got %s\nwant %s", name, err, found, got, want)
		}
	}
}

// A status other than Success and UserOptedOut says nothing but itself, whatever else is known of
// the token; and without a raw UID Success says only that nothing is known.
func TestAnnotationOfEachStatus(t *testing.T) {
	for _, status := range codec.Statuses() {
		verdict := bidstream.Verdict{
			Status: status, EstablishedMs: 1, GeneratedMs: 2, ExpiresMs: 3, SiteID: 4, Scope: codec.ScopeUID2, Type: codec.TypeEmail,
			Version: codec.V4, PrivacyBits: 1, OptOut: bidstream.OptOut{State: bidstream.NotOptedOut, SinceMs: 5},
		}
		want, outcome := fmt.Sprintf(`{"status":"%v"}`, status), bidder.Unusable
		switch status {
		case codec.Success:
			want, outcome = `{"status":"Success","opted_out":null}`, bidder.OptOutUnknown
		case codec.UserOptedOut:
			want, outcome = `{"status":"UserOptedOut","opted_out":true,"opted_out_since":5}`, bidder.OptedOut
		}
		annotation := bidder.AnnotationOf(&verdict)
		if got := string(annotation.AppendJSON(nil)); got != want || bidder.OutcomeOf(&verdict) != outcome {
			t.Errorf("%v: %s, %v", status, got, bidder.OutcomeOf(&verdict))
		}
	}
}

// Each mode, on a user who may be bid on, one who opted out, and one of whom nothing is known.
func TestModes(t *testing.T) {
	uids := `[{"id":"` + fixtures.Token("G3").Text + `"}]`
	request := `{"user":{"ext":{"eids":[{"source":"uidapi.com","uids":` + uids + `},{"source":"x"}]}}}`
	for _, c := range []struct {
		mode    bidder.Mode
		optOuts bidstream.Option
		left    string // of the uids; "" if the eid is gone
	}{
		{bidder.Annotate, allOptedOut, `"id":"G3","ext":{"uid2":{"status":"UserOptedOut",`},
		{bidder.DropOptedOut, nobodyOptedOut, `"id":"G3","ext":{"uid2":{"status":"Success","raw":`},
		{bidder.DropOptedOut, nothingKnown, `"id":"G3","ext":{"uid2":{"status":"Success","opted_out":null}}`},
		{bidder.DropOptedOut, allOptedOut, ""},
		{bidder.Replace, nobodyOptedOut, `"id":"AVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c="}`},
		{bidder.Replace, nothingKnown, ""},
		{bidder.Replace, allOptedOut, ""},
	} {
		annotated, _, err := newBidder(t, decrypter(t, c.optOuts), c.mode).Annotate(nil, []byte(request), now)
		got := strings.ReplaceAll(string(annotated), fixtures.Token("G3").Text, "G3")
		gone := got == `{"user":{"ext":{"eids":[{"source":"x"}]}}}`
		if err != nil || gone != (c.left == "") || !strings.Contains(got, c.left) {
			t.Errorf("%v: %v, %s, want %s", c.mode, err, got, c.left)
		}
	}
}

func TestModeNames(t *testing.T) {
	for mode, want := range map[bidder.Mode]string{bidder.Annotate: "annotate", bidder.Replace: "replace", bidder.DropOptedOut: "drop_opted_out", 3: "invalid mode", 255: "invalid mode"} {
		if got := mode.String(); got != want {
			t.Errorf("%d: %s", mode, got)
		}
		parsed, err := bidder.ParseMode(want)
		if valid := mode <= bidder.DropOptedOut; valid != (err == nil) || valid && parsed != mode {
			t.Errorf("%s: %v, %v", want, parsed, err)
		}
	}
	if mode, err := bidder.ParseMode(""); err != nil || mode != bidder.Annotate {
		t.Errorf("%v, %v", mode, err)
	}
}

func TestOutcomeNames(t *testing.T) {
	names := map[bidder.Outcome]string{bidder.Usable: "usable", bidder.OptedOut: "opted out", bidder.OptOutUnknown: "opt-out unknown", bidder.Unusable: "unusable", 0: "invalid outcome"}
	for outcome, want := range names {
		if outcome.String() != want {
			t.Errorf("%d: %v", outcome, outcome)
		}
	}
}

// Where a token is found decides whose keys open it.
func TestQuery(t *testing.T) {
	for source, scope := range map[openrtb.Source]codec.Scope{openrtb.SourceUID2: codec.ScopeUID2, openrtb.SourceEUID: codec.ScopeEUID} {
		want := bidstream.Query{Name: "n", Scope: scope, NowMs: 7}
		if got := bidder.Query(source, "n", time.UnixMilli(7)); got != want {
			t.Errorf("%v: %+v", source, got)
		}
	}
}

// TestQueryOfAnotherSource: a good token in an eid of somebody else's is no token of ours, of
// whichever version; no scope in a query would mean any.
func TestQueryOfAnotherSource(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	tried := 0
	for _, vector := range fixtures.TokenVectors() {
		var verdict bidstream.Verdict
		b.Decrypt(&verdict, vector.Text, bidstream.Query{Name: "www.example.com", NowMs: fixtures.NowMs})
		if _, ok := verdict.RawUID(); !ok {
			continue
		}
		tried++
		b.Decrypt(&verdict, vector.Text, bidder.Query(openrtb.SourceOther, "www.example.com", now))
		if _, ok := verdict.RawUID(); ok || verdict.Status != codec.InvalidIdentityScope {
			t.Errorf("version %d: %v, with a raw UID: %t", verdict.Version, verdict.Status, ok)
		}
	}
	if tried < 3 {
		t.Errorf("%d tokens", tried)
	}
}

// The typed twin says the same as the one of bytes, and leaves the request as it was.
func TestAnnotateUser(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	client := fixtures.Token("G6").Text // held to its name
	given := &openrtb2.BidRequest{
		Site: &openrtb2.Site{Domain: "example.com"},
		User: &openrtb2.User{EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: client}, {ID: "AAAA"}}}}},
	}
	user, found, err := b.AnnotateUser(given, now)
	if err != nil || found != (bidder.Found{Usable: 1, Unusable: 1}) {
		t.Fatal(found, err)
	}
	raw, _, err := b.Annotate(nil, []byte(`{"site":{"domain":"example.com"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"`+client+`"}]}]}}`), now)
	if ext := string(user.EIDs[0].UIDs[0].Ext); err != nil || !strings.Contains(ext, `"raw":`) || !strings.Contains(string(raw), `"ext":`+ext) {
		t.Errorf("%v: %s\n%s", err, ext, raw)
	}
	if given.User.EIDs[0].UIDs[0].Ext != nil {
		t.Error("the request was changed")
	}
}

// What can't be read safely isn't passed on: it may have annotations that somebody forged.
func TestNothingOfAnUnsafeRequest(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	forged := `{"source":"uidapi.com","uids":[{"id":"x","ext":{"uid2":{"raw":"forged"}}}]}`
	for _, request := range []string{
		`{"user":{"eids":[` + forged, `{"user":{"eids":[` + forged + `],"eids":[]}}`, `{"user":{"Eids":[` + forged + `]}}`, `[]`, ``,
	} {
		got, found, err := b.Annotate([]byte("before"), []byte(request), now)
		if err == nil || string(got) != "before" || found != (bidder.Found{}) {
			t.Errorf("%s: %s, %+v, %v", request, got, found, err)
		}
	}
	unreadable := &openrtb2.BidRequest{User: &openrtb2.User{Ext: []byte(`{"eids":[` + forged), EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: "x"}}}}}}
	if user, found, err := b.AnnotateUser(unreadable, now); user != nil || found != (bidder.Found{}) || err == nil {
		t.Errorf("%+v, %+v, %v", user, found, err)
	}
}

// Nothing that prints shows a raw UID, which is nowhere but in the bytes.
func TestAnnotationsPrintWithoutRawUIDs(t *testing.T) {
	var verdict bidstream.Verdict
	decrypter(t, nobodyOptedOut).DecryptString(&verdict, fixtures.Token("G3").Text, bidder.Query(openrtb.SourceUID2, "", time.UnixMilli(fixtures.NowMs)))
	annotation := bidder.AnnotationOf(&verdict)
	secret, err := base64.StdEncoding.DecodeString(annotation.Raw)
	if err != nil || len(secret) != 32 {
		t.Fatal(err, len(secret))
	}
	for _, mode := range []bidder.Mode{bidder.Annotate, bidder.Replace} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			edit := mode.Edit(annotation)
			text := fmt.Sprintf(verb, edit) + fmt.Sprintf(verb, &edit)
			if slices.ContainsFunc([]string{annotation.Raw, fmt.Sprintf("%x", annotation.Raw), fmt.Sprintf("%x", secret)}, func(s string) bool { return strings.Contains(text, s) }) {
				t.Errorf("%v, %s: %s", mode, verb, text)
			}
		}
	}
}
