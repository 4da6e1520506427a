package module_test

import (
	"bytes"
	"maps"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/pbstest"
)

// US national sections of a GPP string: everything noticed, and all opt-outs used or none.
const (
	gppOptedOut = "DBABLA~BVVVAAAAAgA.QA"
	gppOpen     = "DBABLA~BVVqAAAAAgA.QA"
)

// TCF 2 strings: vendors 1, 10, 21 and 32 for all purposes, and nobody for none.
const (
	tcfGranted = "CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA"
	tcfRefused = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
)

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
