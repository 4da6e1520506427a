package inspect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// eidOf is a UID2 eid.
func eidOf(uids ...string) string {
	return `{"source":"uidapi.com","uids":[` + strings.Join(uids, ",") + `]}`
}

// Each uid has its path, and one that isn't taken for a token the reason.
func TestUIDsPassedOver(t *testing.T) {
	w := newRequestWorld(t)
	const (
		odd     = "a key on the way to it is there twice"
		refused = "nothing is read of this request"
		other   = "neither uidapi.com nor euid.eu"
	)
	many := strings.TrimSuffix(strings.Repeat(uidOf("x")+",", 66), ",")
	for _, c := range []struct {
		request string
		want    []string // path, and the reason if it was passed over
	}{
		{`{"user":{"eids":[` + eidOf(uidOf("a"), uidOf("b")) + `]}}`, []string{"user.eids[0].uids[0]", "user.eids[0].uids[1]"}},
		{`{"user":{"ext":{"eids":[7,` + eidOf(uidOf("a")) + `]}}}`, []string{"user.ext.eids[1].uids[0]"}},
		{`{"user":{"eids":[{"uids":[` + uidOf("a") + `],"source":"UIDAPI.com"}]}}`, []string{"user.eids[0].uids[0]"}},
		{`{"user":{"eids":[` + eidOf(`7`, `{}`, `{"id":7}`, `{"id":""}`, `{"id":null}`, uidOf("UID2:a")) + `]}}`, []string{
			"user.eids[0].uids[0]: it isn't an object", "user.eids[0].uids[1]: it has no id", "user.eids[0].uids[2]: its id isn't a string",
			"user.eids[0].uids[3]: its id is empty", "user.eids[0].uids[4]: its id isn't a string", "user.eids[0].uids[5]",
		}},
		{`{"user":{"eids":[{"source":"liveramp.com","uids":[` + uidOf("a") + `]},{"uids":[` + uidOf("a") + `]},{"source":7,"uids":[` + uidOf("a") + `]}]}}`, []string{
			"user.eids[0].uids[0]: its source is " + other, "user.eids[1].uids[0]: its eid has no source", "user.eids[2].uids[0]: its eid has no source",
		}},
		{`{"user":{"Eids":[` + eidOf(uidOf("a")) + `]}}`, []string{"user.Eids[0].uids[0]: " + odd}},
		{`{"user":{"eids":[` + eidOf(uidOf("a")) + `],"eids":[` + eidOf(uidOf("b")) + `]}}`, []string{"user.eids[0].uids[0]: " + refused, "user.eids[0].uids[0]: " + odd}},
		{`{"user":{"eids":[{"source":"other.example","source":"uidapi.com","uids":[` + uidOf("a") + `]}]}}`, []string{"user.eids[0].uids[0]: " + refused}},
		{`{"user":{"eids":[` + eidOf(`{"id":"a","ID":"b"}`, `{"id":"c"}`) + `]}}`, []string{"user.eids[0].uids[0]: " + odd, "user.eids[0].uids[1]: " + refused}},
		{`{"USER":{"eids":[` + eidOf(uidOf("a")) + `]}}`, []string{"USER.eids[0].uids[0]: " + odd}},
		{`{"user":{},"ext":{"prebid":{"bidderconfig":[{"config":{"ortb2":{"user":{"eids":[` + eidOf(uidOf("a")) + `]}}}}]}}}`, []string{
			"ext.prebid.bidderconfig[0].config.ortb2.user.eids[0].uids[0]: it is in the first-party data of single bidders",
		}},
		{`{"user":{"eids":[` + eidOf(many) + `]}}`, []string{"user.eids[0].uids[64]: it is beyond the first 64", "user.eids[0].uids[65]: it is beyond the first 64"}},
		{`{"user":{"eids":{"source":"uidapi.com"},"ext":[]}}`, nil},
		{`{"user":{"eids":[{"source":"uidapi.com","uids":{"id":"a"}}]}}`, nil},
	} {
		r := w.inspect(t, c.request)
		var got []string
		for _, uid := range r.UIDs {
			switch {
			case !uid.Found:
				got = append(got, uid.Path+": "+uid.Why)
			case len(r.UIDs) < 60:
				got = append(got, uid.Path)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%.200s: %q", c.request, got)
			continue
		}
		for i := range got {
			if path, why, _ := strings.Cut(c.want[i], ": "); !strings.HasPrefix(got[i], path) || !strings.Contains(got[i], why) || why == "" && got[i] != path {
				t.Errorf("%.200s: %q, want %q", c.request, got[i], c.want[i])
			}
		}
	}
}

func TestPassedOverUIDsAreListedInPart(t *testing.T) {
	w := newRequestWorld(t)
	uids := strings.Repeat(`{},`, 1000) + uidOf(w.alice())
	r := w.inspect(t, `{"user":{"eids":[`+eidOf(uids)+`]}}`)
	last := r.UIDs[len(r.UIDs)-1]
	if len(r.UIDs) != maxListed+1 || !last.Found || last.Path != "user.eids[0].uids[1000]" || last.Token.Status != "Success" {
		t.Errorf("%d uids, the last one %+v", len(r.UIDs), last)
	}
	if !hasNote(r, fmt.Sprintf("%d more uids were passed over", 1000-maxListed)) {
		t.Errorf("%q", r.Notes)
	}
}

func hasNote(r *Request, text string) bool {
	return strings.Contains(strings.Join(r.Notes, "\n"), text)
}

func TestDuplicates(t *testing.T) {
	w := newRequestWorld(t)
	token := w.alice()
	request := `{"user":{"eids":[{"source":"x","uids":[{"id":"y"}]},` + eidOf(uidOf(token), uidOf("other"), uidOf(token)) + `,{"source":"euid.eu","uids":[` + uidOf(token) + `]}]}}`
	uids := w.inspect(t, request).UIDs
	if uids[3].Duplicate != 2 || uids[3].Token != nil || !uids[3].Found {
		t.Errorf("%+v", uids[3])
	}
	if uids[4].Duplicate != 0 || uids[4].Token == nil || uids[4].Token.Status == uids[1].Token.Status {
		t.Errorf("the same text in an eid of EUID's: %+v", uids[4])
	}
}

func TestWhereEIDsAre(t *testing.T) {
	w := newRequestWorld(t)
	eids := `"eids":[` + eidOf(uidOf("a")) + `]`
	for request, want := range map[string]string{
		`{"user":{` + eids + `}}`: "2.6", `{"user":{"ext":{` + eids + `}}}`: "2.5", `{"user":{"ext":{` + eids + `},` + eids + `}}`: "both",
		`{"user":{}}`: "none", `{"imp":[]}`: "none", `{"user":{"eids":[]}}`: "2.6",
	} {
		r := w.inspect(t, request)
		if r.OpenRTB != want || hasNote(r, "user.eids and in user.ext.eids") != (want == "both") {
			t.Errorf("%s: %q, %q", request, r.OpenRTB, r.Notes)
		}
	}
}

func TestNames(t *testing.T) {
	w := newRequestWorld(t)
	for request, want := range map[string]string{
		`{"site":{"domain":"www.example.com","page":"https://other.example/"}}`: "example.com site.domain",
		`{"site":{"page":"https://www.other.example/x"}}`:                       "other.example site.page",
		`{"app":{"bundle":"com.example.app"}}`:                                  "com.example.app app.bundle",
		`{"dooh":{"id":"x"}}`:                                                   " ",
		`{"site":{"domain":"a.example"},"SITE":{"domain":"b.example"}}`:         "b.example site.domain",
	} {
		r := w.inspect(t, request)
		if got := r.Name + " " + r.NameFrom; got != want || hasNote(r, "Readers differ") != strings.Contains(request, "SITE") {
			t.Errorf("%s: %q, %q", request, got, r.Notes)
		}
	}
}

// A token that was made in a browser is held to the request's name.
func TestTokensAreHeldToTheName(t *testing.T) {
	w := newRequestWorld(t)
	for name, text := range w.samples(t) {
		if !strings.Contains(name, "client-side") {
			continue
		}
		want := "Success"
		if strings.Contains(name, "wrong-domain") {
			want = "DomainOrAppNameCheckFailed"
		}
		for _, uid := range w.inspect(t, text).UIDs {
			if uid.Found && uid.Token.Status != want && want != "Success" {
				t.Errorf("%s: %+v", name, uid.Token)
			}
		}
	}
}

// Forged annotations are named, and not shown even to who wants raw UIDs.
func TestForgeriesAreNamedAndNeverShown(t *testing.T) {
	w := newRequestWorld(t)
	uid := `{"id":"` + w.alice() + `","ext":{"\u0075ID2":{"raw":"FORGED","status":["FORGED"]},"keep":1}}`
	for _, request := range []string{
		requestWith(uid), strings.Replace(requestWith(uid), `"eids"`, `"EIDS"`, 1),
		`{"user":{"ext":{"eids":[{"source":"other.example","uids":[` + uid + `]}]}}}`,
		`{"user":{},"ext":{"prebid":{"bidderconfig":[{"config":{"ortb2":{"user":{"eids":[` + eidOf(uid) + `]}}}}]}}}`,
	} {
		input := w.input(request)
		input.Reveal = true
		r, err := w.inspector.request([]byte(request), input)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := json.Marshal(r)
		if strings.Contains(string(report), "FORGED") {
			t.Errorf("a forgery is shown: %s", report)
		}
		if !r.UIDs[0].Forgery || !hasNote(r, "1 annotations (ext.uid2)") {
			t.Errorf("%s: %+v, %q", request, r.UIDs, r.Notes)
		}
	}
}

func TestNotRequests(t *testing.T) {
	w := newRequestWorld(t)
	for _, text := range []string{``, `{`, `{}`, `[]`, `7`, `"x"`, `{"id":"1"}`, `{"advertising_token":"x"}`, `{"user":{}`, `{"user":{}} x`} {
		if r, err := w.inspector.request([]byte(text), w.input(text)); r != nil || err == nil {
			t.Errorf("%s: %+v", text, r)
		}
	}
}

// What Prebid Server can't read has no gates and deliveries, but its uids as a bidder finds them.
func TestWhatPrebidServerRefuses(t *testing.T) {
	w := newRequestWorld(t)
	r := w.inspect(t, `{"regs":{"coppa":"yes"},"site":{"domain":"example.com"},"user":{"eids":[`+eidOf(uidOf(w.alice()))+`]}}`)
	if len(r.Gates) != 0 || len(r.Deliveries) != 0 || !hasNote(r, "would answer 400: regs.coppa has a value of another type") {
		t.Errorf("%+v", r)
	}
	if r.Name != "example.com" || len(r.UIDs) != 1 || r.UIDs[0].Token.Status != "Success" {
		t.Errorf("%+v", r.UIDs)
	}
}
