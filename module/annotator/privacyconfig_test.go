package annotator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// policyOf parses a section privacy.
func policyOf(section string) (privacy.Policy, error) {
	cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"privacy":` + section + `}`))
	return cfg.Privacy, err
}

// requestFrom is a request from a country that says nothing else.
func requestFrom(country string) *openrtb2.BidRequest {
	return &openrtb2.BidRequest{Device: &openrtb2.Device{Geo: &openrtb2.Geo{Country: country}}}
}

// Each gate has a setting of its own, which switches it and no other.
func TestGateSettings(t *testing.T) {
	one := int8(1)
	closing := map[privacy.Reason]*openrtb2.BidRequest{
		privacy.COPPA:     {Regs: &openrtb2.Regs{COPPA: 1}},
		privacy.LMT:       {Device: &openrtb2.Device{Lmt: &one}},
		privacy.USPrivacy: {Regs: &openrtb2.Regs{USPrivacy: "1YYN"}},
		privacy.GPP:       {Regs: &openrtb2.Regs{GPPSID: []int8{7}}},
		privacy.GDPR:      {Regs: &openrtb2.Regs{GDPR: &one}},
	}
	for _, switched := range privacy.Reasons() {
		for value, on := range map[string]bool{`false`: false, `"false"`: false, `true`: true, `"true"`: true, `""`: true, `null`: true} {
			policy, err := policyOf(fmt.Sprintf(`{"%s":%s}`, switched, value))
			if err != nil {
				t.Fatal(err)
			}
			for _, gate := range privacy.Reasons() {
				if _, closed := policy.Closed(closing[gate]); closed != (gate != switched || on) {
					t.Errorf("%s %s: %s closes %v", switched, value, gate, closed)
				}
			}
		}
	}
}

// Whether GDPR applies to a request without a country, to Germany and to Mexico.
func TestGDPRScopeSettings(t *testing.T) {
	type scope struct{ unknown, germany, mexico bool }
	for section, want := range map[string]scope{
		`{}`:                                                        {false, true, false},
		`{"gdpr_default_value":"0"}`:                                {false, true, false},
		`{"gdpr_default_value":0}`:                                  {false, true, false},
		`{"gdpr_default_value":""}`:                                 {false, true, false},
		`{"gdpr_default_value":null}`:                               {false, true, false},
		`{"gdpr_default_value":"1"}`:                                {true, true, false},
		`{"gdpr_default_value":1}`:                                  {true, true, false},
		`{"gdpr_countries":["MEX"]}`:                                {false, false, true},
		`{"gdpr_countries":["mex","DEU"]}`:                          {false, true, true},
		`{"gdpr_countries":"MEX"}`:                                  {false, false, true},
		`{"gdpr_countries":"MEX DEU"}`:                              {false, true, true},
		`{"gdpr_countries":"MEX, DEU"}`:                             {false, true, true},
		`{"gdpr_countries":[]}`:                                     {false, false, false},
		`{"gdpr_countries":""}`:                                     {false, true, false},
		`{"gdpr_countries":null}`:                                   {false, true, false},
		`{"gdpr_countries":[],"gdpr_default_value":"1"}`:            {true, false, false},
		`{"gdpr_countries":["MEX"],"gdpr_default_value":"1"}`:       {true, false, true},
		`{"gdpr":false,"gdpr_default_value":"1"}`:                   {false, false, false},
		`{"gdpr":"true","gdpr_default_value":"1"}`:                  {true, true, false},
		`{"gdpr_default_value":"1","gdpr_countries":" MEX , DEU "}`: {true, true, true},
	} {
		policy, err := policyOf(section)
		if err != nil {
			t.Errorf("%s: %v", section, err)
		}
		_, unknown := policy.Closed(&openrtb2.BidRequest{})
		_, germany := policy.Closed(requestFrom("DEU"))
		_, mexico := policy.Closed(requestFrom("MEX"))
		if got := (scope{unknown, germany, mexico}); got != want {
			t.Errorf("%s: %+v, want %+v", section, got, want)
		}
	}
}

func TestBadGDPRScopeSettings(t *testing.T) {
	for section, want := range map[string]string{
		`{"gdpr_default_value":"2"}`:      "privacy.gdpr_default_value",
		`{"gdpr_default_value":true}`:     "privacy.gdpr_default_value",
		`{"gdpr_default_value":"yes"}`:    "privacy.gdpr_default_value",
		`{"gdpr_countries":["Germany"]}`:  "privacy.gdpr_countries",
		`{"gdpr_countries":["DEU",""]}`:   "privacy.gdpr_countries",
		`{"gdpr_countries":["DEU",null]}`: "privacy.gdpr_countries",
		`{"gdpr_countries":[false]}`:      "privacy.gdpr_countries",
		`{"gdpr_countries":[276]}`:        "privacy.gdpr_countries",
		`{"gdpr_countries":276}`:          "privacy.gdpr_countries",
		`{"gdpr_countries":true}`:         "privacy.gdpr_countries",
		`{"gdpr_countries":{"DEU":1}}`:    "privacy.gdpr_countries",
		`{"gdpr_countries":"DEU;FRA"}`:    "privacy.gdpr_countries",
		`{"gdpr_country":["DEU"]}`:        "gdpr_country",
	} {
		_, err := policyOf(section)
		if !errors.Is(err, annotator.ErrConfig) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go value") {
			t.Errorf("%s: %v", section, err)
		}
	}
}
