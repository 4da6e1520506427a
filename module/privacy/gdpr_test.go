package privacy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// Consent strings by what they are.
var (
	granting = tcf(2, all, []int{21})
	refusing = tcf(2, all, []int{20, 22})
)

// strings of each kind, and whether a request with them is closed where GDPR applies and where it doesn't.
var consentStrings = []struct {
	name, text      string
	inScope, beyond bool
}{
	{"none", ``, true, false},
	{"granting", granting, false, false},
	{"by interest", "CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA", false, false},
	{"refusing", refusing, true, true},
	{"for nobody", "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA", true, true},
	{"cut off", granting[:len(granting)-8], true, true},
	{"its first character", "C", true, true},
	{"damaged", "C!" + granting[2:], true, true},
	{"padded", granting + "=", true, true},
	{"version 1", tcf(1, all, []int{21}), true, false},
	{"version 3", tcf(3, all, []int{21}), true, false},
	{"US privacy", "1YNN", true, false},
	{"a flag", "1", true, false},
	{"a word", "undefined", true, false},
	{"another alphabet", "\u0421PhJRpM", true, false},
}

// places of a consent string, as a request with or without a signal.
var consentPlaces = map[string]string{
	"user.consent":           `{"regs":{%s},"user":{"consent":"%s"}}`,
	"user.ext.consent":       `{"regs":{%s},"user":{"ext":{"consent":"%s"}}}`,
	"user.ext.consent, eids": `{"regs":{%s},"user":{"consent":"","ext":{"eids":[{"source":"consent"}],"consent":"%s"}}}`,
	"regs.gpp":               `{"regs":{"gpp":"DBABMA~%[2]s",%[1]s}}`,
	"regs.ext.gpp":           `{"regs":{%s,"ext":{"gpp":"DBABMA~%s"}}}`,
}

// A string refuses wherever it stands and whatever the scope, and grants wherever it stands.
func TestConsentStrings(t *testing.T) {
	for place, format := range consentPlaces {
		for _, c := range consentStrings {
			for regs, inScope := range map[string]bool{
				`"gdpr":1`: true, `"gdpr":2`: true, `"gdpr":0`: false, `"gdpr":null`: false, `"gpp_sid":[2]`: true, `"gpp_sid":[2,7]`: true,
				`"gpp_sid":[-1,2]`: true, `"gpp_sid":[7]`: false, `"gpp_sid":[-1]`: false, `"gdpr":0,"gpp_sid":[2]`: true,
			} {
				want := c.beyond
				if inScope {
					want = c.inScope || strings.Contains(regs, "2") && strings.Contains(regs, "sid") && !strings.Contains(place, "gpp") // section 2 is missing
				}
				text := fmt.Sprintf(format, regs, c.text)
				if _, got := only(privacy.GDPR).Closed(request(t, text)); got != want {
					t.Errorf("%s in %s, %s: closes %v", c.name, place, regs, got)
				}
			}
		}
	}
}

// A string that is too long to be read refuses, too.
func TestLongConsentString(t *testing.T) {
	for length, want := range map[int]bool{8192: false, 8193: true} {
		req := &openrtb2.BidRequest{User: &openrtb2.User{Consent: padded(granting, length)}}
		if _, got := only(privacy.GDPR).Closed(req); got != want {
			t.Errorf("%d characters: closes %v", length, got)
		}
	}
}

// Of two strings each counts.
func TestTwoConsentStrings(t *testing.T) {
	for _, a := range consentStrings {
		for _, b := range consentStrings {
			for _, format := range []string{
				`{"regs":{"gdpr":%d},"user":{"consent":"%s","ext":{"consent":"%s"}}}`,
				`{"regs":{"gdpr":%d,"gpp":"DBABMA~%s"},"user":{"consent":"%s"}}`,
				`{"regs":{"gdpr":%d,"gpp":"DBABMA~%s"},"user":{"ext":{"consent":"%s"}}}`,
				`{"regs":{"gdpr":%d,"gpp":"DBABMA~%s","ext":{"gpp":"DBABMA~%s"}}}`,
			} {
				inScope := a.inScope && (a.name != "none" || b.inScope) || b.inScope && b.name != "none"
				for gdpr, want := range []bool{a.beyond || b.beyond, inScope} {
					text := fmt.Sprintf(format, gdpr, a.text, b.text)
					if _, got := only(privacy.GDPR).Closed(request(t, text)); got != want {
						t.Errorf("%s and %s, in scope %d: closes %v: %.200s", a.name, b.name, gdpr, got, text)
					}
				}
			}
		}
	}
}

// Where GPP section 2 applies, it must be there.
func TestTCFSection(t *testing.T) {
	for _, c := range []struct {
		regs string
		want bool
	}{
		{`"gpp":"DBABMA~` + granting + `","gpp_sid":[2]`, false},
		{`"gpp_sid":[2],"ext":{"gpp":"DBABMA~` + granting + `"}`, false},
		{`"gpp":"DBABMA~` + granting + `","ext":{"gpp_sid":[2]}`, false},
		{`"ext":{"gpp":"DBABMA~` + granting + `","gpp_sid":[2]}`, false},
		{`"gpp":"DBABMA~` + refusing + `","gpp_sid":[2]`, true},
		{`"gpp":"DBABMA~","gpp_sid":[2]`, true},
		{`"gpp":"DBABMA~","gpp_sid":[2],"ext":{"gpp":"DBABMA~` + granting + `"}`, false}, // an empty one says nothing
		{`"gpp":"DBABTA~1YNN","gpp_sid":[2]`, true},
		{`"gpp":"DBABTA~1YNN","gpp_sid":[2],"ext":{"gpp":"DBABMA~` + granting + `"}`, false},
		{`"gpp":"` + gppOf([][2]int{{1, 3}}, refusing, granting, refusing) + `","gpp_sid":[2]`, false},
		{`"gpp":"` + gppOf([][2]int{{1, 1}, {3, 3}}, granting, granting) + `","gpp_sid":[2]`, true},
		{`"gpp":"nonsense","gpp_sid":[2]`, true},
		{`"gpp":"nonsense","gpp_sid":[2],"ext":{"gpp":"DBABMA~` + granting + `"}`, true}, // which could hold anything
		{`"gpp":"DBABMA~` + granting + `~","gpp_sid":[2]`, true},
		{`"gpp":"DBABMA~` + granting + `","gdpr":1`, false}, // gpp_sid doesn't speak of it, but it speaks
		{`"gpp":"nonsense","gdpr":1`, true},
		{`"gpp":"nonsense","gdpr":0`, false},
		{`"gpp":"DBABMA~` + refusing + `~"`, false}, // can't be read, and nothing says that GDPR applies
	} {
		for _, user := range []string{`{}`, `{"consent":"` + granting + `"}`} {
			want := c.want
			if strings.Contains(c.regs, `"gpp":"DBABMA~","gpp_sid":[2]`) {
				want = user == `{}` && c.want
			}
			text := `{"regs":{` + c.regs + `},"user":` + user + `}`
			if _, got := only(privacy.GDPR).Closed(request(t, text)); got != want {
				t.Errorf("%s: closes %v", text, got)
			}
		}
	}
}

// in is a policy with the GDPR gate alone, and a scope.
func in(t *testing.T, byDefault bool, countries ...string) privacy.Policy {
	t.Helper()
	policy := only(privacy.GDPR)
	var err error
	if policy.Scope, err = privacy.NewScope(byDefault, countries); err != nil {
		t.Fatal(err)
	}
	return policy
}

// What regs says comes before the scope.
func TestSignalsBeforeScope(t *testing.T) {
	for regs, want := range map[string]struct{ always, never bool }{
		`"gdpr":0`:                        {false, false},
		`"gdpr":1`:                        {true, true},
		`"gdpr":-1`:                       {true, true},
		`"gdpr":null`:                     {true, false},
		`"ext":{"gdpr":0}`:                {false, false},
		`"ext":{"gdpr":1}`:                {true, true},
		`"ext":{"gdpr":""}`:               {true, false},
		`"ext":{"gdpr":null}`:             {true, false},
		`"ext":{}`:                        {true, false},
		`"gdpr":0,"ext":{"gdpr":1}`:       {true, true},
		`"gdpr":1,"ext":{"gdpr":0}`:       {true, true},
		`"gdpr":0,"ext":{"gdpr":0}`:       {false, false},
		`"gdpr":0,"ext":{"gdpr":null}`:    {false, false},
		`"gdpr":1,"ext":{"gpc":"0"}`:      {true, true},
		`"gdpr":1,"ext":{"gdpr":null}`:    {true, true},
		`"gdpr":0,"ext":{"gpc":"0"}`:      {false, false},
		`"gpp_sid":[7]`:                   {true, false},
		`"gpp_sid":[-1]`:                  {true, false},
		`"gpp_sid":[2]`:                   {true, true},
		`"gdpr":0,"gpp_sid":[2]`:          {true, true},
		`"gdpr":0,"ext":{"gpp_sid":[2]}`:  {true, true},
		`"gpp_sid":[7],"ext":{"gdpr":0}`:  {false, false},
		`"coppa":0`:                       {true, false},
		`"gdpr":1,"us_privacy":"1YNN"`:    {true, true},
		`"ext":{"gdpr":0,"consent":true}`: {false, false},
	} {
		req := request(t, `{"regs":{`+regs+`},"user":{"geo":{"country":"DEU"}}}`)
		if _, got := in(t, true, "DEU").Closed(req); got != want.always {
			t.Errorf("%s, in scope else: closes %v", regs, got)
		}
		if _, got := in(t, false).Closed(req); got != want.never {
			t.Errorf("%s, out of scope else: closes %v", regs, got)
		}
	}
}

// Countries as Prebid Server reads them, and in either place.
func TestCountries(t *testing.T) {
	for geo, want := range map[string]struct{ byDefault, otherwise bool }{
		``:                                                                    {true, false},
		`"device":{}`:                                                         {true, false},
		`"user":{}`:                                                           {true, false},
		`"device":{"geo":{}}`:                                                 {true, false},
		`"device":{"geo":{"country":"DEU"}}`:                                  {true, true},
		`"device":{"geo":{"country":"deu"}}`:                                  {true, true},
		`"device":{"geo":{"country":"Deu"}}`:                                  {true, true},
		`"device":{"geo":{"country":"NO"}}`:                                   {true, true}, // listed with two letters
		`"device":{"geo":{"country":"no"}}`:                                   {true, true},
		`"device":{"geo":{"country":"SWE"}}`:                                  {true, true},
		`"device":{"geo":{"country":"\u017fwe"}}`:                             {true, true}, // ſ, whose capital is S
		`"device":{"geo":{"country":"\u212aNE"}}`:                             {true, false},
		`"device":{"geo":{"country":"USA"}}`:                                  {false, false},
		`"device":{"geo":{"country":"usa"}}`:                                  {false, false},
		`"device":{"geo":{"country":"NOR"}}`:                                  {false, false}, // isn't listed so
		`"device":{"geo":{"country":"DE"}}`:                                   {true, false},
		`"device":{"geo":{"country":"US"}}`:                                   {true, false},
		`"device":{"geo":{"country":"DEUX"}}`:                                 {true, false},
		`"device":{"geo":{"country":"DEU "}}`:                                 {true, false},
		`"device":{"geo":{"country":"Germany"}}`:                              {true, false},
		`"user":{"geo":{"country":"DEU"}}`:                                    {true, true},
		`"user":{"geo":{"country":"USA"}}`:                                    {false, false},
		`"user":{"geo":{"country":"US"}}`:                                     {true, false},
		`"user":{"geo":{}}`:                                                   {true, false},
		`"user":{"geo":{"country":"USA"}},"device":{"geo":{"country":"DEU"}}`: {true, true},
		`"user":{"geo":{"country":"DEU"}},"device":{"geo":{"country":"USA"}}`: {true, true},
		`"user":{"geo":{"country":"USA"}},"device":{"geo":{"country":"US"}}`:  {false, false},
		`"user":{"geo":{"country":"US"}},"device":{"geo":{"country":"USA"}}`:  {true, false},
		`"user":{"geo":{}},"device":{"geo":{"country":"DEU"}}`:                {true, true},
		`"user":{"geo":{}},"device":{"geo":{"country":"USA"}}`:                {true, false},
		`"user":{},"device":{"geo":{"country":"USA"}}`:                        {false, false},
		`"user":{"geo":{"country":"USA"}},"device":{}`:                        {false, false},
	} {
		req := request(t, `{`+geo+`}`)
		if _, got := in(t, true, "DEU", "SWE", "no").Closed(req); got != want.byDefault {
			t.Errorf("%s, in scope by default: closes %v", geo, got)
		}
		if _, got := in(t, false, "deu", "swe", "NO").Closed(req); got != want.otherwise {
			t.Errorf("%s: closes %v", geo, got)
		}
		if _, got := in(t, false).Closed(req); got {
			t.Errorf("%s, no countries: closes", geo)
		}
		granted := request(t, `{`+geo+`}`)
		if granted.User == nil {
			granted.User = &openrtb2.User{}
		}
		granted.User.Consent = granting
		if _, got := in(t, true, "DEU", "SWE", "NO").Closed(granted); got {
			t.Errorf("%s, with consent: closes", geo)
		}
	}
}

// By default GDPR applies in these countries alone.
func TestDefaultCountries(t *testing.T) {
	listed := privacy.DefaultCountries()
	if len(listed) != 44 {
		t.Errorf("%d countries", len(listed))
	}
	for _, country := range listed {
		req := request(t, `{"device":{"geo":{"country":"`+country+`"}}}`)
		if reason, closed := privacy.Default().Closed(req); !closed || reason != privacy.GDPR {
			t.Errorf("%s: %v", country, closed)
		}
	}
	for _, country := range []string{"USA", "CHE", "BRA", "DE", ""} {
		if reason, closed := privacy.Default().Closed(request(t, `{"device":{"geo":{"country":"`+country+`"}}}`)); closed {
			t.Errorf("%s: %v", country, reason)
		}
	}
}

func TestNewScope(t *testing.T) {
	for country, want := range map[string]bool{
		"DEU": true, "deu": true, "DE": true, "AZ": true, "az": true, "": false, "D": false, "DEUX": false, "D1U": false, "DE ": false,
		" DE": false, "DE,": false, "ſWE": false, "Ä": false, "@AB": false, "[AB": false, "`ab": false, "{ab": false, "A\x00": false,
	} {
		if _, err := privacy.NewScope(false, []string{"FRA", country}); (err == nil) != want || err != nil && err != privacy.ErrCountry {
			t.Errorf("%q: %v", country, err)
		}
	}
	for _, byDefault := range []bool{false, true} { // the list doesn't change what is assumed without a country
		if _, closed := in(t, byDefault, "DEU").Closed(&openrtb2.BidRequest{}); closed != byDefault {
			t.Errorf("by default %v: %v", byDefault, closed)
		}
	}
}
