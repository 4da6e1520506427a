//go:build go1.24

package privacy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	gpplib "github.com/prebid/go-gpp"
	"github.com/prebid/go-gpp/constants"
	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// request reads a bid request as Prebid Server does.
func request(t testing.TB, text string) *openrtb2.BidRequest {
	t.Helper()
	var req openrtb2.BidRequest
	if err := json.Unmarshal([]byte(text), &req); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &req
}

// only is a policy with one gate, and the default scope.
func only(reason privacy.Reason) privacy.Policy {
	return privacy.Policy{
		COPPA: reason == privacy.COPPA, LMT: reason == privacy.LMT, USPrivacy: reason == privacy.USPrivacy,
		GPP: reason == privacy.GPP, GDPR: reason == privacy.GDPR, Scope: privacy.Default().Scope,
	}
}

// without is every gate but one.
func without(reason privacy.Reason) privacy.Policy {
	p := privacy.Default()
	for gate, on := range map[privacy.Reason]*bool{
		privacy.COPPA: &p.COPPA, privacy.LMT: &p.LMT, privacy.USPrivacy: &p.USPrivacy, privacy.GPP: &p.GPP, privacy.GDPR: &p.GDPR,
	} {
		*on = gate != reason
	}
	return p
}

var all = []int{1, 2, 3, 4, 7, 10}

// closing is a request and the one gate that it closes.
type closing struct {
	reason  privacy.Reason
	request string
}

func requestsThatClose(t testing.TB) []closing {
	nobody := tcf(2, all, []int{20, 22})
	list := []closing{
		{privacy.COPPA, `{"regs":{"coppa":1}}`},
		{privacy.COPPA, `{"regs":{"coppa":2}}`},
		{privacy.LMT, `{"device":{"lmt":1}}`},
		{privacy.LMT, `{"device":{"lmt":5,"dnt":0}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1}}`},
		{privacy.GDPR, `{"regs":{"ext":{"gdpr":1}}}`},
		{privacy.GDPR, `{"regs":{"ext":{"gdpr":"1"}}}`},
		{privacy.GDPR, `{"regs":{"ext":{"gdpr":true}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":0,"ext":{"gdpr":1}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"nonsense"}}`},
		{privacy.GDPR, `{"device":{"geo":{"country":"FRA"}}}`},
		{privacy.GDPR, `{"user":{"consent":"` + nobody + `"}}`},
		{privacy.GDPR, `{"regs":{"gpp_sid":[2]},"user":{"ext":{"consent":"` + nobody + `"}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":0,"gpp":"DBABMA~` + nobody + `"}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"` + nobody + `"}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"ext":{"consent":"` + nobody + `"}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"ext":{"consent":7}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"ext":"consent"}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"` + tcf(2, all, []int{21}) + `","ext":{"consent":"` + nobody + `"}}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"` + tcf(1, all, []int{21}) + `"}}`},
		{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"` + strings.Repeat(tcf(2, all, []int{21})+".", 200) + `"}}`},
		{privacy.GDPR, `{"regs":{"gpp":"DBABMA~` + nobody + `","gpp_sid":[2]}}`},
		{privacy.GDPR, `{"regs":{"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[2]}}`},
		{privacy.GDPR, `{"regs":{"gpp_sid":[2]},"user":{"consent":"` + tcf(2, all, []int{21}) + `"}}`},
		{privacy.GPP, `{"regs":{"ext":{"gpc":"1"}}}`},
		{privacy.GPP, `{"regs":{"ext":{"gpc":1}}}`},
		{privacy.GPP, `{"regs":{"ext":{"gpc":true}}}`},
	}
	for i := range all {
		some := append(append([]int(nil), all[:i]...), all[i+1:]...)
		list = append(list, closing{privacy.GDPR, `{"regs":{"gdpr":1},"user":{"consent":"` + tcf(2, some, []int{21}) + `"}}`})
	}
	for _, text := range []string{"1YYN", "1yyn", "1-Y-", "1NYY", "1YY", "1YNNN", "2YNN", "1?NN", "nonsense", " "} {
		list = append(list,
			closing{privacy.USPrivacy, `{"regs":{"us_privacy":"` + text + `"}}`},
			closing{privacy.USPrivacy, `{"regs":{"ext":{"us_privacy":"` + text + `"}}}`},
			closing{privacy.USPrivacy, `{"regs":{"us_privacy":"1YNN","ext":{"us_privacy":"` + text + `"}}}`},
			closing{privacy.USPrivacy, `{"regs":{"us_privacy":"` + text + `","ext":{"us_privacy":"1YNN"}}}`})
	}
	for _, opted := range []answers{
		{sale: 1, sharing: 2, advertising: 2}, {sale: 2, sharing: 1, advertising: 1}, {sale: 2, sharing: 2, advertising: 1},
		{sale: 2, sharing: 2, advertising: 2, child: 1}, {sale: 2, sharing: 2, advertising: 2, child: 2},
	} {
		for id, section := range usSections(opted) {
			list = append(list,
				closing{privacy.GPP, fmt.Sprintf(`{"regs":{"gpp":"%s","gpp_sid":[%d]}}`, encodeGPP(t, section), id)},
				closing{privacy.GPP, fmt.Sprintf(`{"regs":{"ext":{"gpp":"%s","gpp_sid":[%d]}}}`, encodeGPP(t, section), id)})
		}
	}
	for id, section := range usSections(answers{sale: 2, sharing: 2, advertising: 2, gpc: 1}) {
		if id == constants.SectionUSPVA || id == constants.SectionUSPUT {
			continue // these two have no such segment
		}
		list = append(list, closing{privacy.GPP, fmt.Sprintf(`{"regs":{"gpp":"%s","gpp_sid":[%d]}}`, encodeGPP(t, section), id)})
	}
	for _, gpp := range []string{
		`"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[1]`, // a section that nobody uses any more
		`"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7],"ext":{"gpp":"DBABTA~1YYN","gpp_sid":[6]}`,
		`"gpp":"DBABTA~1YYN","gpp_sid":[6]`,                       // opted out of sale
		`"gpp":"DBABTA~","gpp_sid":[6]`,                           // empty section
		`"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[8]`,             // the section that applies is missing
		`"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7,8]`,           // one of them is
		`"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[15]`,            // one that we don't know
		`"gpp":"DBABLA","gpp_sid":[7]`,                            // announced, not there
		`"gpp":"","gpp_sid":[7]`,                                  // nothing there
		`"gpp_sid":[7]`,                                           // nothing there
		`"gpp":"DBABLA~","gpp_sid":[7]`,                           // empty section
		`"gpp":"DBABLA~B","gpp_sid":[7]`,                          // ends too early
		`"gpp":"DBABLA~BVVqAA","gpp_sid":[7]`,                     // ends too early
		`"gpp":"DBABLA~!VVqAAAAAgA","gpp_sid":[7]`,                // no base64
		`"gpp":"DBABLA~PVVqAAAAAgA","gpp_sid":[7]`,                // version 15
		`"gpp":"DBABLA~BVVqAAAAAgA.gA","gpp_sid":[7]`,             // a segment of a kind we don't know
		`"gpp":"DBABLA~BVVqAAAAAgA.","gpp_sid":[7]`,               // an empty segment
		`"gpp":"EBABLA~BVVqAAAAAgA","gpp_sid":[7]`,                // header of another type
		`"gpp":"DCABLA~BVVqAAAAAgA","gpp_sid":[7]`,                // header of another version
		`"gpp":"D~BVVqAAAAAgA","gpp_sid":[7]`,                     // header ends too early
		`"gpp":"DBACLA~BVVqAAAAAgA","gpp_sid":[7]`,                // header announces more than it has
		`"gpp":"DP__LA~BVVqAAAAAgA","gpp_sid":[7]`,                // header announces far more
		`"gpp":"DBABAAAA~BVVqAAAAAgA","gpp_sid":[7]`,              // a number without end
		`"gpp":"DBABLA~CVVqAAAAAA","gpp_sid":[7]`,                 // version 2: ends before the children
		`"gpp":"DBABLA~CVVqAAAAABAA","gpp_sid":[7]`,               // version 2: a known child
		`"gpp":"` + strings.Repeat("D", 8193) + `","gpp_sid":[7]`, // too long to read
	} {
		list = append(list, closing{privacy.GPP, `{"regs":{` + gpp + `}}`})
	}
	return list
}

func requestsThatStayOpen(t testing.TB) []string {
	granted := tcf(2, all, []int{21})
	open := []string{
		`{}`,
		`{"regs":{"coppa":0,"gdpr":0,"us_privacy":"1YNN","ext":{"us_privacy":"1---","gpc":"0","gdpr":0}},"device":{"lmt":0,"dnt":1}}`,
		`{"regs":{"us_privacy":"1ynn"}}`,
		`{"regs":{"ext":{"gpc":null,"gdpr":null,"us_privacy":null,"gpp":null}}}`,
		`{"regs":{"ext":{}},"user":{"ext":{"consent":"nonsense"}}}`,
		`{"user":{"consent":"nonsense"}}`,
		`{"regs":{"ext":{"gpc":false}}}`,
		`{"regs":{"ext":{"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7]}}}`,
		`{"user":{"geo":{"country":"USA"}},"device":{"geo":{"country":"CHE"}}}`,
		`{"regs":{"gdpr":1},"user":{"consent":"` + granted + `"}}`,
		`{"regs":{"ext":{"gdpr":1}},"user":{"ext":{"consent":"` + granted + `"}}}`,
		`{"regs":{"gdpr":1},"user":{"consent":"` + granted + `","ext":{"consent":"` + granted + `"}}}`,
		`{"regs":{"gdpr":1,"gpp":"DBABMA~` + granted + `","gpp_sid":[2]}}`,
		`{"regs":{"gpp":"DBABTA~1YNN","gpp_sid":[6]}}`,
		`{"regs":{"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[-1]}}`, // opted out where no section applies
		`{"regs":{"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[0]}}`,
		`{"regs":{"gpp":"DBABLA~BVVVAAAAAgA.QA"}}`,
		`{"regs":{"gpp":"nonsense"}}`,
		`{"regs":{"gpp":"DBABLA~CVVqAAAAAAAAAAAA","gpp_sid":[7]}}`, // version 2
	}
	kept := answers{sale: 2, sharing: 2, advertising: 2}
	var everything []gpplib.Section
	for id, section := range usSections(kept) {
		open = append(open, fmt.Sprintf(`{"regs":{"gpp":"%s","gpp_sid":[%d]}}`, encodeGPP(t, section), id))
		everything = append(everything, section)
	}
	// One header with all of them, as a range.
	open = append(open, fmt.Sprintf(`{"regs":{"gpp":"%s","gpp_sid":[7,8,9,10,11,12]}}`, encodeGPP(t, everything...)))
	return open
}

func TestEachSignalClosesItsGateAlone(t *testing.T) {
	for _, test := range requestsThatClose(t) {
		req := request(t, test.request)
		if got, closed := only(test.reason).Closed(req); !closed || got != test.reason {
			t.Errorf("only %s on, %.120s: %v, %v", test.reason, test.request, got, closed)
		}
		if got, closed := privacy.Default().Closed(req); !closed || got != test.reason {
			t.Errorf("all on, %.120s: %v, %v; want %v", test.request, got, closed, test.reason)
		}
		if got, closed := without(test.reason).Closed(req); closed {
			t.Errorf("%s off, %.120s: closed by %v", test.reason, test.request, got)
		}
		if got, closed := (privacy.Policy{}).Closed(req); closed {
			t.Errorf("all off, %.120s: closed by %v", test.request, got)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, text := range requestsThatStayOpen(t) {
		if got, closed := privacy.Default().Closed(request(t, text)); closed {
			t.Errorf("%s: closed by %v", text, got)
		}
	}
}

// Every answer in every place of a US privacy string.
func TestUSPrivacyStrings(t *testing.T) {
	answers := "Yy12Nn-? Z0"
	policy := only(privacy.USPrivacy)
	for _, version := range answers {
		for _, noticed := range answers {
			for _, optedOut := range answers {
				for _, agreement := range answers {
					text := string([]rune{version, noticed, optedOut, agreement})
					want := version != '1' || strings.Trim(text[1:], "YyNn-") != "" || strings.ContainsRune("Yy", optedOut)
					req := &openrtb2.BidRequest{Regs: &openrtb2.Regs{USPrivacy: text}}
					if _, got := policy.Closed(req); got != want {
						t.Errorf("%q: closes %v", text, got)
					}
				}
			}
		}
	}
}

// Several gates: the first in the order of Reasons is named.
func TestOrder(t *testing.T) {
	req := request(t, `{"regs":{"coppa":1,"us_privacy":"1YYN","gdpr":1,"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[7]},"device":{"lmt":1}}`)
	policy := privacy.Default()
	for _, gate := range []struct {
		reason privacy.Reason
		on     *bool
	}{
		{privacy.COPPA, &policy.COPPA}, {privacy.LMT, &policy.LMT}, {privacy.USPrivacy, &policy.USPrivacy},
		{privacy.GPP, &policy.GPP}, {privacy.GDPR, &policy.GDPR},
	} {
		if got, _ := policy.Closed(req); got != gate.reason {
			t.Errorf("got %v, want %v", got, gate.reason)
		}
		*gate.on = false
	}
}

func TestReasons(t *testing.T) {
	var names []string
	for _, r := range privacy.Reasons() {
		names = append(names, r.String())
	}
	if got, want := strings.Join(names, " "), "coppa lmt us_privacy gpp gdpr"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fmt.Sprint(privacy.Reason(0), privacy.GDPR+1, privacy.Reason(99)); got != "no reason no reason no reason" {
		t.Errorf("got %q", got)
	}
}

// Only strings in an ext are copied, and lists there.
func TestAllocations(t *testing.T) {
	for _, text := range []string{
		`{"site":{"domain":"example.com"},"device":{"lmt":0},"user":{"ext":{"eids":[{"source":"uidapi.com"}],"consent":""}}}`,
		`{"regs":{"ext":{"gdpr":0,"gpc":"0"}},"user":{"geo":{"country":"usa"}},"device":{"geo":{"country":"deu"}}}`,
		`{"user":{"geo":{"country":"us"}},"device":{"geo":{"country":"Germany"}}}`,
		`{"regs":{"us_privacy":"1YNN","gdpr":1,"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7]},"user":{"consent":"` + granting + `"}}`,
		`{"regs":{"gpp":"DBABMA~` + granting + `","gpp_sid":[2]}}`,
	} {
		req, policy := request(t, text), privacy.Default()
		if n := testing.AllocsPerRun(100, func() { policy.Closed(req) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func BenchmarkClosed(b *testing.B) {
	for _, c := range []struct{ name, request string }{
		{"no signals", `{"device":{"lmt":0},"user":{"id":"1"}}`},
		{"us_privacy", `{"regs":{"us_privacy":"1YNN"}}`},
		{"gpp", `{"regs":{"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7]}}`},
		{"gdpr", `{"regs":{"gdpr":1},"user":{"consent":"` + tcf(2, all, []int{21}) + `"}}`},
		{"country", `{"user":{"id":"1","geo":{"country":"usa"}},"device":{"geo":{"country":"USA"}}}`},
		{"2.5", `{"regs":{"ext":{"gdpr":1,"us_privacy":"1YNN"}},"user":{"ext":{"consent":"` + tcf(2, all, []int{21}) + `","eids":[` + strings.Repeat(`{"source":"example.com","uids":[{"id":"0123456789abcdefghijklmnopqrstuvwxyz","atype":1}]},`, 20) + `{}]}}}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			req, policy := request(b, c.request), privacy.Default()
			b.ReportAllocs()
			for b.Loop() {
				policy.Closed(req)
			}
		})
	}
}
