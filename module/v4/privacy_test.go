// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/config"
	"github.com/prebid/prebid-server/v4/gdpr"
	"github.com/prebid/prebid-server/v4/openrtb_ext"
	"github.com/spf13/viper"

	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

// US national sections of a GPP string: everything noticed, and all opt-outs used or none.
const (
	gppOptedOut = "DBABLA~BVVVAAAAAgA.QA"
	gppOpen     = "DBABLA~BVVqAAAAAgA.QA"
)

// TCF 2 strings: vendors 1, 10, 21 and 32 for all purposes, and nobody for none; and one from the tests of the official
// SDKs, with consent for the purposes 1, 3 and 4 and legitimate interest for 2, 7 and 10.
const (
	tcfGranted  = "CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA"
	tcfRefused  = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
	tcfInterest = "CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"
)

func from(country string) map[string]any {
	return map[string]any{"device": map[string]any{"geo": map[string]any{"country": country}}}
}

func TestPrivacyGates(t *testing.T) {
	// Prebid Server's own scrubbing is switched on, to show that it leaves the token. GDPR is not enforced by the
	// server, since it would not call the bidders at all.
	server := pbstest.Config{Settings: map[string]any{"ccpa.enforce": true, "lmt.enforce": true, "gdpr.enabled": false}}
	for _, test := range []struct {
		gate, reason string
		over         map[string]any
	}{
		{"coppa", "coppa", map[string]any{"regs": map[string]any{"coppa": 1}}},
		{"lmt", "lmt", map[string]any{"device": map[string]any{"lmt": 1}}},
		{"us_privacy", "us_privacy", map[string]any{"regs": map[string]any{"us_privacy": "1YYN"}}},
		{"us_privacy", "us_privacy", map[string]any{"regs": map[string]any{"ext": map[string]any{"us_privacy": "1YYN"}}}},
		{"gpp", "gpp", map[string]any{"regs": map[string]any{"gpp": gppOptedOut, "gpp_sid": []int{7}}}},
		{"gdpr", "gdpr", map[string]any{"regs": map[string]any{"gdpr": 1}}},
		{"gdpr", "gdpr", map[string]any{"regs": map[string]any{"ext": map[string]any{"gdpr": 1}}}},
		{"gdpr", "gdpr", map[string]any{"regs": map[string]any{"gdpr": 1}, "user": map[string]any{"consent": tcfRefused}}},
		{"gdpr", "gdpr", map[string]any{"regs": map[string]any{"gdpr": 0}, "user": map[string]any{"consent": tcfRefused}}},
		{"gdpr", "gdpr", from("DEU")},
		{"gpp", "gpp", map[string]any{"regs": map[string]any{
			"gpp": gppOpen, "gpp_sid": []int{7}, "ext": map[string]any{"gpp": "DBABTA~1YYN", "gpp_sid": []int{6}},
		}}},
	} {
		s := newStand(t, setup{pbs: server})
		token := s.token(alice)
		s.auction(s.request(token, maps.Clone(test.over)))
		for _, bidder := range []string{"thetradedesk", "pubmatic"} {
			got := s.annotated(bidder)
			if got.Status != "Withheld" || got.Reason != test.reason || got.Raw != "" {
				t.Errorf("%s on, %s: %+v", test.gate, bidder, got)
			}
			if !bytes.Contains(s.sent(bidder), []byte(token)) {
				t.Errorf("%s on, %s: the token is gone", test.gate, bidder)
			}
			if bytes.Contains(s.sent(bidder), []byte(s.raw(alice))) {
				t.Errorf("%s on, %s: the raw UID went out", test.gate, bidder)
			}
		}

		s = newStand(t, setup{pbs: server, config: map[string]any{"privacy": map[string]any{test.gate: false}}})
		s.auction(s.request(s.token(alice), test.over))
		for _, bidder := range []string{"thetradedesk", "pubmatic"} {
			if got := s.annotated(bidder); got.Status != "Success" || got.Raw != s.raw(alice) {
				t.Errorf("%s off, %s: %+v", test.gate, bidder, got)
			}
		}
	}
}

// Signals that permit: the gates are on, and the raw UID goes out.
func TestPrivacyGatesStayOpen(t *testing.T) {
	server := pbstest.Config{Settings: map[string]any{"ccpa.enforce": true, "lmt.enforce": true, "gdpr.enabled": false}}
	for name, over := range map[string]map[string]any{
		"lmt":        {"device": map[string]any{"lmt": 0, "dnt": 1}},
		"us_privacy": {"regs": map[string]any{"us_privacy": "1YNN"}},
		"gpp":        {"regs": map[string]any{"gpp": gppOpen, "gpp_sid": []int{7}}},
		"gdpr":       {"regs": map[string]any{"gdpr": 1}, "user": map[string]any{"consent": tcfGranted}},
		"interest":   {"regs": map[string]any{"gdpr": 1}, "user": map[string]any{"consent": tcfInterest}},
		"country":    from("USA"),
	} {
		s := newStand(t, setup{pbs: server})
		s.auction(s.request(s.token(alice), over))
		for _, bidder := range []string{"thetradedesk", "pubmatic"} {
			if got := s.annotated(bidder); got.Status != "Success" || got.Raw != s.raw(alice) {
				t.Errorf("%s, %s: %+v", name, bidder, got)
			}
		}
	}
}

// By default GDPR applies where Prebid Server takes it to apply.
func TestGDPRCountriesArePrebidServers(t *testing.T) {
	v := viper.New()
	config.SetupViper(v, "", nil)
	if got, want := privacy.DefaultCountries(), v.GetStringSlice("gdpr.eea_countries"); !slices.Equal(got, want) {
		t.Errorf("%v, Prebid Server has %v", got, want)
	}
}

// Where Prebid Server takes GDPR to apply to a request that doesn't say so, we do; and elsewhere we do only for a
// country that stands where Prebid Server doesn't look.
func TestGDPRScopeIsPrebidServers(t *testing.T) {
	countries := []string{"DEU", "swe", "FR"}
	geos := []*openrtb2.Geo{nil}
	for _, country := range []string{"", "DEU", "deu", "SWE", "FR", "fr", "FRA", "USA", "usa", "US", "DEUX", "\u017fwe", "S\u212aE", "\xff\xfe\xfd", "dEu ", "ſw", "日"} {
		geos = append(geos, &openrtb2.Geo{Country: country})
	}
	for _, byDefault := range []string{"0", "1"} {
		scope, err := privacy.NewScope(byDefault == "1", countries)
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range geos {
			for _, device := range geos {
				req := &openrtb2.BidRequest{User: &openrtb2.User{Geo: user}, Device: &openrtb2.Device{Geo: device}}
				_, got := privacy.Policy{GDPR: true, Scope: scope}.Closed(req)
				want := gdpr.ParseGDPRDefaultValue(&openrtb_ext.RequestWrapper{BidRequest: req}, byDefault, countries) == gdpr.SignalYes
				req.User.Geo = nil
				want = want || gdpr.ParseGDPRDefaultValue(&openrtb_ext.RequestWrapper{BidRequest: req}, "0", countries) == gdpr.SignalYes
				if got != want {
					t.Errorf("default %s, user %+v, device %+v: %v", byDefault, user, device, got)
				}
			}
		}
	}
}

// The activity transmitUfpd, denied to the module, hides the eids from it at the processed stage; what it was not
// shown there it must not resolve at the bidder stage.
func TestActivityControlsWithhold(t *testing.T) {
	deny := `{"id":"account","privacy":{"allowactivities":{"transmitUfpd":{"rules":[{"condition":{"componentName":["uid2-decrypt"],"componentType":["general"]},"allow":false}]}}}}`
	s := newStand(t, setup{pbs: pbstest.Config{Accounts: accounts(deny)}})
	s.auction(s.request(s.token(alice), nil))
	for _, bidder := range []string{"thetradedesk", "pubmatic"} {
		if bytes.Contains(s.sent(bidder), []byte(s.raw(alice))) {
			t.Errorf("%s got the raw UID", bidder)
		}
	}
}
