package privacy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// flags of an ext: unsaid, off or on.
var flags = map[string]int{
	`null`: 0, `""`: 0,
	`0`: 1, `"0"`: 1, `false`: 1, `"false"`: 1,
	`1`: 2, `"1"`: 2, `true`: 2, `"true"`: 2, `2`: 2, `-1`: 2, `0.5`: 2, `0.0`: 2, `"no"`: 2, `" 0"`: 2, `"null"`: 2, `[]`: 2, `{}`: 2, `"\u0030"`: 2,
}

func TestFlags(t *testing.T) {
	for flag, means := range flags {
		for _, ext := range []string{`{"%s":%s}`, " { \"%s\" :\t%s } ", `{"a":{"%[1]s":2},"%[1]s":%[2]s,"z":"x"}`} {
			gpc := request(t, `{"regs":{"ext":`+fmt.Sprintf(ext, "gpc", flag)+`}}`)
			if _, got := only(privacy.GPP).Closed(gpc); got != (means == 2) {
				t.Errorf("gpc %s: closes %v", flag, got)
			}
			gdpr := request(t, `{"regs":{"ext":`+fmt.Sprintf(ext, "gdpr", flag)+`}}`)
			if _, got := in(t, false).Closed(gdpr); got != (means == 2) {
				t.Errorf("gdpr %s, out of scope else: closes %v", flag, got)
			}
			if _, got := in(t, true).Closed(gdpr); got != (means != 1) {
				t.Errorf("gdpr %s, in scope else: closes %v", flag, got)
			}
		}
	}
}

// extGates are the gates that each member speaks for.
var extGates = map[string][]privacy.Reason{
	"gdpr": {privacy.GDPR}, "us_privacy": {privacy.USPrivacy}, "gpc": {privacy.GPP},
	"gpp": {privacy.GPP, privacy.GDPR}, "gpp_sid": {privacy.GPP, privacy.GDPR},
}

// harmless are values that close nothing.
var harmless = map[string]string{
	"gdpr": `0`, "us_privacy": `"1YNN"`, "gpc": `"0"`, "gpp": `"DBABTA~1YNN"`, "gpp_sid": `[6]`, "consent": `"` + granting + `"`,
}

// closedGates are the gates that a request closes, each asked alone.
func closedGates(req *openrtb2.BidRequest) (list []privacy.Reason) {
	for _, r := range privacy.Reasons() {
		if _, closed := only(r).Closed(req); closed {
			list = append(list, r)
		}
	}
	return list
}

// A key that occurs twice or in another letter case closes the gates that it could speak for, and no others.
func TestAmbiguousKeys(t *testing.T) {
	for key, gates := range extGates {
		value, upper := harmless[key], strings.ToUpper(key)
		for ext, want := range map[string][]privacy.Reason{
			`{"` + key + `":` + value + `}`:                                          nil,
			`{"` + upper + `":` + value + `}`:                                        gates,
			`{"` + key + `":` + value + `,"` + key + `":` + value + `}`:              gates,
			`{"` + key + `":` + value + `,"` + upper + `":` + value + `}`:            gates,
			`{"` + upper[:1] + key[1:] + `":null,"` + key + `":` + value + `}`:       gates,
			`{"\u00` + fmt.Sprintf("%x", key[0]) + key[1:] + `":` + value + `}`:      nil,
			`{"` + key + `":null,"` + key + `":null}`:                                gates,
			`{"x":{"` + upper + `":` + value + `},"` + key + `":` + value + `}`:      nil,
			`{"x":[{"` + key + `":1}],"` + key + `":` + value + `,"` + key + `x":1}`: nil,
		} {
			req := request(t, `{"regs":{"gpp":"DBABTA~1YNN","gpp_sid":[6],"gdpr":0,"ext":`+ext+`}}`)
			if got := closedGates(req); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: closes %v, want %v", ext, got, want)
			}
		}
	}
	for ext, want := range map[string]bool{
		`{"consent":"` + granting + `"}`:                    false,
		`{"\u0063onsent":"` + granting + `"}`:               false,
		`{"Consent":"` + granting + `"}`:                    true,
		`{"Consent":""}`:                                    true,
		`{"CONSENT":null}`:                                  true,
		`{"consent":"","consent":""}`:                       true,
		`{"consent":"` + granting + `","\u0043onsent":""}`:  true,
		`{"conſent":"` + granting + `"}`:                    true,
		`{"eids":[{"consent":1,"Consent":2}],"consents":1}`: false,
		`{"eids":[],"data":{"CONSENT":"` + refusing + `"}}`: false,
		`{"consent":"\u0043` + granting[1:] + `"}`:          false,
		`{"consent":"\u0043` + refusing[1:] + `"}`:          true,
		`{"consent":"C\/` + refusing[1:] + `"}`:             true,
	} {
		req := request(t, `{"user":{"ext":`+ext+`}}`)
		if _, got := only(privacy.GDPR).Closed(req); got != want {
			t.Errorf("%.200s: closes %v", ext, got)
		}
		if _, got := without(privacy.GDPR).Closed(req); got {
			t.Errorf("%.200s: closes another gate", ext)
		}
	}
}

// A value of another type closes the gates that it could speak for.
func TestUnreadableValues(t *testing.T) {
	for key, values := range map[string][]string{
		"us_privacy": {`1`, `[]`, `{}`, `true`, `["1YNN"]`},
		"gpp":        {`1`, `[]`, `{}`, `false`, `["DBABTA~1YNN"]`},
		"gpp_sid":    {`7`, `"7"`, `{}`, `true`, `["7"]`, `[4000]`, `[128]`, `[-129]`, `[7.5]`, `[null]`, `[6,null]`, `[[6]]`, `[6,"7"]`},
	} {
		for _, value := range values {
			req := request(t, `{"regs":{"gdpr":0,"ext":{"`+key+`":`+value+`}}}`)
			if got := closedGates(req); fmt.Sprint(got) != fmt.Sprint(extGates[key]) {
				t.Errorf("%s %s: closes %v", key, value, got)
			}
		}
	}
	for _, value := range []string{`7`, `[]`, `{}`, `true`, `["` + granting + `"]`} {
		req := request(t, `{"user":{"consent":"`+granting+`","ext":{"consent":`+value+`}}}`)
		if got := closedGates(req); fmt.Sprint(got) != "[gdpr]" {
			t.Errorf("consent %s: closes %v", value, got)
		}
	}
	for ext, want := range map[string]string{
		`{"gpp_sid":[]}`: "[]", `{"gpp_sid":null}`: "[]", `{"gpp":null}`: "[]", `{"us_privacy":null}`: "[]", `{"us_privacy":""}`: "[]",
		`{"gpp_sid":[-128,0]}`: "[]", `{"gpp_sid":[127]}`: "[gpp]", `{"gpp_sid":[ 6 , 2 ]}`: "[gpp gdpr]",
	} {
		if got := closedGates(request(t, `{"regs":{"ext":`+ext+`}}`)); fmt.Sprint(got) != want {
			t.Errorf("%s: closes %v", ext, got)
		}
	}
}

// An ext that can't be read could hold any signal that lives there.
func TestUnreadableExt(t *testing.T) {
	deep := `{"x":` + strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200) + `}`
	for _, ext := range []string{`[]`, `"x"`, `1`, `true`, `[{}]`, `{"gdpr":`, `{"gdpr":0}}`, `{"gdpr":0} x`, `{gdpr:0}`, `nul`, `{`, deep} {
		req := &openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: json.RawMessage(ext)}}
		if got := closedGates(req); fmt.Sprint(got) != "[us_privacy gpp gdpr]" {
			t.Errorf("regs.ext %.20s: closes %v", ext, got)
		}
		req.User = &openrtb2.User{Consent: granting}
		if got := closedGates(req); fmt.Sprint(got) != "[us_privacy gpp gdpr]" {
			t.Errorf("regs.ext %.20s, with consent: closes %v", ext, got)
		}
		req = &openrtb2.BidRequest{User: &openrtb2.User{Consent: granting, Ext: json.RawMessage(ext)}}
		if got := closedGates(req); fmt.Sprint(got) != "[gdpr]" {
			t.Errorf("user.ext %.20s: closes %v", ext, got)
		}
	}
	for _, ext := range []string{``, ` `, `null`, ` null`, `{}`, " {\n} ", `{"x":[1,{"y":"gdpr"}]}`} {
		req := &openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: json.RawMessage(ext)}, User: &openrtb2.User{Ext: json.RawMessage(ext)}}
		if got := closedGates(req); len(got) != 0 {
			t.Errorf("%q: closes %v", ext, got)
		}
	}
}
