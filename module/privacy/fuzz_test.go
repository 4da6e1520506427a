package privacy_test

import (
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// FuzzClosed reads strange requests. The laws: no panic; a gate that is off never closes; a reason names a gate that is
// on, and that gate alone closes for the same reason; and neither a signal that is added nor a wider scope ever opens.
func FuzzClosed(f *testing.F) {
	for _, c := range requestsThatClose(f) {
		f.Add([]byte(c.request), uint8(0xff))
	}
	for _, text := range requestsThatStayOpen(f) {
		f.Add([]byte(text), uint8(0xff))
	}
	f.Fuzz(func(t *testing.T, text []byte, gates uint8) {
		var req openrtb2.BidRequest
		if json.Unmarshal(text, &req) != nil {
			t.Skip()
		}
		policy := privacy.Policy{
			COPPA: gates&1 != 0, LMT: gates&2 != 0, USPrivacy: gates&4 != 0, GPP: gates&8 != 0, GDPR: gates&16 != 0,
			Scope: privacy.Default().Scope,
		}
		reason, closed := policy.Closed(&req)
		anyAlone := false
		for _, r := range privacy.Reasons() {
			on := gates>>(r-1)&1 != 0
			if _, alone := only(r).Closed(&req); on && alone {
				if !anyAlone && r != reason {
					t.Errorf("%v, but %v closes first", reason, r)
				}
				anyAlone = true
			}
		}
		if closed != anyAlone || closed != (reason != 0) {
			t.Errorf("closed %v for %v; alone %v", closed, reason, anyAlone)
		}
		if !closed {
			return
		}
		wider := policy
		wider.Scope = in(t, true, privacy.DefaultCountries()...).Scope
		if _, still := wider.Closed(&req); !still {
			t.Error("a wider scope opened it")
		}
		one := int8(1)
		if req.Device == nil {
			req.Device = &openrtb2.Device{}
		}
		req.Device.Lmt = &one
		if _, still := policy.Closed(&req); !still {
			t.Error("one more signal opened it")
		}
	})
}
