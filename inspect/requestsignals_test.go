package inspect

import (
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

const (
	tcfGiven    = "CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA"
	tcfRefused  = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
	tcfInterest = "CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"
	gppOptedOut = "DBABLA~BVVVAAAAAgA.QA"
	gppOpen     = "DBABLA~BVVqAAAAAgA.QA"
	gppOptedUSP = "DBABTA~1YYN"
)

// Each signal has its path, its value, what it says, and the gates that it closes; and those gates say
// why.
func TestSignals(t *testing.T) {
	w := newRequestWorld(t)
	for _, c := range []struct {
		request string
		want    []string // path, value, gate, a part
		why     string   // of the gate that is closed
	}{
		{`{"regs":{"coppa":1}}`, []string{"regs.coppa|1|coppa|child"}, "regs.coppa is 1"},
		{`{"device":{"lmt":1,"dnt":1}}`, []string{"device.lmt|1|lmt|limits", "device.dnt|1||no gate"}, "device.lmt is 1"},
		{`{"device":{"lmt":0}}`, []string{"device.lmt|0||limits"}, ""},
		{`{"regs":{"us_privacy":"1YYN"}}`, []string{"regs.us_privacy|1YYN|us_privacy|the user opted out of sale: yes"}, "regs.us_privacy: the user opted out of sale"},
		{`{"regs":{"us_privacy":"1yn-"}}`, []string{"regs.us_privacy|1yn-||agreement: not applicable"}, ""},
		{`{"regs":{"us_privacy":"2YNN"}}`, []string{"regs.us_privacy|2YNN|us_privacy|not version 1"}, "regs.us_privacy: it can't be read"},
		{`{"regs":{"us_privacy":"1Y?N"}}`, []string{"regs.us_privacy|1Y?N|us_privacy|of sale: no such answer"}, "it can't be read"},
		{`{"regs":{"ext":{"us_privacy":"nonsense"}}}`, []string{"regs.ext.us_privacy|nonsense|us_privacy|four characters"}, "regs.ext.us_privacy: it can't be read"},
		{`{"regs":{"us_privacy":"1YNN","ext":{"us_privacy":"1YYN"}}}`, []string{"regs.us_privacy|1YNN||sale: no", "regs.ext.us_privacy|1YYN|us_privacy|sale: yes"}, "regs.ext.us_privacy"},
		{`{"regs":{"ext":{"us_privacy":7}}}`, []string{"regs.ext.us_privacy||us_privacy|isn't a string"}, "regs.ext.us_privacy can't be read"},
		{`{"regs":{"ext":{"us_privacy":"1YNN","US_privacy":"1YNN"}}}`, []string{"regs.ext.us_privacy||us_privacy|there twice"}, "can't be read"},
		{`{"regs":{"ext":{"gpc":"1"}}}`, []string{`regs.ext.gpc|"1"|gpp|global privacy control`}, "signals global privacy control"},
		{`{"regs":{"ext":{"gpc":0}}}`, []string{"regs.ext.gpc|0||global privacy control"}, ""},
		{`{"regs":{"gpp":"` + gppOptedOut + `","gpp_sid":[7]}}`, []string{"regs.gpp|" + gppOptedOut + "|gpp|section 7 (usnat): opt-out of sale: opted out", "regs.gpp_sid|7||apply"}, "section 7: the user opted out of sale, the user opted out of sharing"},
		{`{"regs":{"gpp":"` + gppOptedOut + `"}}`, []string{"regs.gpp|" + gppOptedOut + "||gpp_sid doesn't say that it applies"}, ""},
		{`{"regs":{"gpp":"` + gppOpen + `","gpp_sid":[7],"ext":{"gpp":"` + gppOptedUSP + `","gpp_sid":[6]}}}`, []string{
			"regs.gpp|" + gppOpen + "||did not opt out", "regs.ext.gpp|" + gppOptedUSP + "|gpp|section 6 (uspv1): the user opted out of sale: yes", "regs.gpp_sid|7||", "regs.ext.gpp_sid|[6]||",
		}, "regs.ext.gpp: section 6: the user opted out of sale"},
		{`{"regs":{"gpp_sid":[7,8]}}`, []string{"regs.gpp_sid|7, 8|gpp|apply"}, "sections apply which no GPP string has"},
		{`{"regs":{"gpp":"` + gppOpen + `","gpp_sid":[7,8]}}`, []string{"regs.gpp|" + gppOpen + "|gpp|", "regs.gpp_sid|7, 8||"}, "section 8 applies and isn't there"},
		{`{"regs":{"gpp":"DBACNYA~` + tcfGiven + `~1YNN","gpp_sid":[2,6]}}`, []string{"regs.gpp|DBACNYA~" + tcfGiven + "~1YNN||section 2 (tcfeu2): purpose 1: consent (given)", "regs.gpp_sid|2, 6||"}, ""},
		{`{"regs":{"gpp":"DBABMA~` + tcfRefused + `"}}`, []string{"regs.gpp|DBABMA~" + tcfRefused + "|gdpr|section 2 (tcfeu2): vendor 21 may not pursue purpose 1, 2"}, "section 2: vendor 21 may not pursue"},
		{`{"regs":{"gpp_sid":[2]}}`, []string{"regs.gpp_sid|2|gdpr|apply"}, "sections apply which no GPP string has"},
		{`{"regs":{"gpp":"nonsense","gpp_sid":[7],"gdpr":1}}`, []string{"regs.gpp|nonsense|gpp, gdpr|can't be read", "regs.gpp_sid|7||", "regs.gdpr|1||"}, "regs.gpp: it can't be read"},
		{`{"regs":{"ext":{"gpp_sid":"7"}}}`, []string{`regs.ext.gpp_sid|"7"|gpp, gdpr|isn't a list`}, "regs.ext.gpp_sid can't be read"},
		{`{"regs":{"gdpr":1}}`, []string{"regs.gdpr|1|gdpr|"}, "regs.gdpr says that GDPR applies"},
		{`{"regs":{"ext":{"gdpr":"1"}}}`, []string{`regs.ext.gdpr|"1"|gdpr|`}, "regs.ext.gdpr says that GDPR applies"},
		{`{"device":{"geo":{"country":"DEU"}}}`, []string{"device.geo.country|DEU|gdpr|"}, "device.geo.country says that GDPR applies"},
		{`{"regs":{"gdpr":0},"device":{"geo":{"country":"DEU"}}}`, []string{"regs.gdpr|0||"}, ""},
		{`{"user":{"geo":{"country":"USA"}}}`, []string{"user.geo.country|USA||"}, ""},
		{`{"regs":{"gdpr":1},"user":{"consent":"` + tcfGiven + `"}}`, []string{"regs.gdpr|1||", "user.consent|" + tcfGiven + "||vendor 21 (The Trade Desk): consent"}, ""},
		{`{"regs":{"gdpr":1},"user":{"ext":{"consent":"` + tcfInterest + `"}}}`, []string{"regs.gdpr|1||", "user.ext.consent|" + tcfInterest + "||legitimate interest (given)"}, ""},
		{`{"user":{"consent":"` + tcfRefused + `"}}`, []string{"user.consent|" + tcfRefused + "|gdpr|purpose 1: neither consent nor legitimate interest (missing)"}, "user.consent: vendor 21 may not pursue purpose 1, 2, 3, 4, 7, 10"},
		{`{"user":{"consent":"CO5r"}}`, []string{"user.consent|CO5r|gdpr|damaged or cut off"}, "counts as a refusal"},
		{`{"user":{"consent":"undefined"}}`, []string{"user.consent|undefined||isn't a TCF 2 string"}, ""},
		{`{"regs":{"gdpr":1},"user":{"consent":"undefined"}}`, []string{"regs.gdpr|1||", "user.consent|undefined|gdpr|isn't a TCF 2 string"}, "user.consent: it isn't a TCF 2 string"},
		{`{"user":{"ext":{"consent":7}}}`, []string{"user.ext.consent||gdpr|isn't a string"}, "can't be read"},
		{`{"user":{"ext":"x"}}`, []string{"user.ext||gdpr|isn't an object"}, "user.ext can't be read"},
		{`{"regs":{"ext":[]}}`, []string{"regs.ext||us_privacy, gpp, gdpr|isn't an object"}, "regs.ext can't be read"},
		{`{"regs":{"ext":{}},"user":{"ext":null}}`, nil, ""},
	} {
		r := w.inspect(t, c.request)
		checkGates(t, r, c.request)
		if len(r.Signals) != len(c.want) {
			t.Errorf("%s: %+v", c.request, r.Signals)
			continue
		}
		for i, s := range r.Signals {
			want := strings.SplitN(c.want[i], "|", 4)
			if s.Kind == "" || s.Path != want[0] || s.Value != want[1] || s.Closes != want[2] || !strings.Contains(strings.Join(s.Parts, "\n"), want[3]) {
				t.Errorf("%s: %+v, want %s", c.request, s, c.want[i])
			}
		}
		closed := slices.ContainsFunc(r.Gates, func(g Gate) bool { return g.Closed && strings.Contains(g.Why, c.why) })
		if closed != (c.why != "") {
			t.Errorf("%s: %+v", c.request, r.Gates)
		}
	}
}

// A gate that the host switched off is open, and says so.
func TestGatesThatAreOff(t *testing.T) {
	w := newRequestWorld(t, func(c *Config) { c.Privacy = privacy.Policy{LMT: true} })
	r := w.inspect(t, `{"regs":{"coppa":1},"device":{"lmt":1}}`)
	why := map[string]string{
		"coppa": "the host has switched this gate off; it would be closed", "us_privacy": "the host has switched this gate off",
		"gpp": "the host has switched this gate off", "gdpr": "the host has switched this gate off", "lmt": "device.lmt is 1: the device limits ad tracking",
	}
	for _, gate := range r.Gates {
		if gate.Why != why[gate.Reason] || gate.Closed != (gate.Reason == "lmt") {
			t.Errorf("%+v", gate)
		}
	}
	if len(r.Gates) != len(privacy.Reasons()) || r.Signals[0].Closes != "" {
		t.Errorf("%+v", r.Signals)
	}
}

// Where the host says that GDPR applies, no signal does.
func TestGDPRByTheHost(t *testing.T) {
	scope, err := privacy.NewScope(true, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newRequestWorld(t, func(c *Config) { c.Privacy = privacy.Policy{GDPR: true, Scope: scope} })
	for request, why := range map[string]string{
		`{"imp":[]}`: "by the host's setting", `{"user":{"consent":"undefined"}}`: "user.consent: it isn't a TCF 2 string",
		`{"user":{"consent":"` + tcfGiven + `"}}`: "nothing closes it: user.consent", `{"regs":{"gdpr":0}}`: "nothing closes it: regs.gdpr",
	} {
		r := w.inspect(t, request)
		checkGates(t, r, request)
		if gate := r.Gates[4]; !strings.Contains(gate.Why, why) {
			t.Errorf("%s: %+v", request, gate)
		}
	}
}
