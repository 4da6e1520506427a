//go:build pbstree

package realserver_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// Consent strings, of versions of the vendor list that internet has: vendors 21 and 32, not 69 and 76,
// for all purposes; vendor 21 with legitimate interest for 2, 7 and 10; and nobody for nothing.
const (
	tcfGranted  = "CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA"
	tcfInterest = "CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"
	tcfRefused  = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
	gppOptedOut = "DBABLA~BVVVAAAAAgA.QA" // of the US national section
	gppOpen     = "DBABLA~BVVqAAAAAgA.QA"
)

// gate is a signal or a rule, and what comes of it.
type gate struct {
	name, over string
	to         []string // who gets the raw UID; all others nothing
	reason     string   // with which it is withheld from listed bidders that are called all the same
	uncalled   []string // listed bidders that Prebid Server itself doesn't call
}

var gates = []gate{
	{name: "consent", over: `{"regs":{"gdpr":1},"user":{"consent":"` + tcfGranted + `"}}`, to: []string{"thetradedesk", "hostdsp"}, uncalled: []string{"pubmatic"}},
	{name: "legitimate interest", over: `{"regs":{"gdpr":1},"user":{"consent":"` + tcfInterest + `"}}`, to: []string{"thetradedesk", "hostdsp"}, uncalled: []string{"pubmatic"}},
	{name: "consent refused", over: `{"regs":{"gdpr":1},"user":{"consent":"` + tcfRefused + `"}}`, uncalled: usual},
	{name: "no consent", over: `{"regs":{"gdpr":1}}`, uncalled: usual},
	{name: "consent refused where GDPR doesn't apply", over: `{"regs":{"gdpr":0},"user":{"consent":"` + tcfRefused + `"}}`, reason: "gdpr"},
	{name: "a country where GDPR applies", over: `{"device":{"geo":{"country":"DEU"}}}`, reason: "gdpr"},
	{name: "a country where it doesn't", over: `{"device":{"geo":{"country":"USA"}}}`, to: usual},
	{name: "no consent, and a server that doesn't mind", over: `{"regs":{"gdpr":1},"site":{"publisher":{"id":"lenient"}}}`, reason: "gdpr"},

	{name: "US privacy: opted out", over: `{"regs":{"us_privacy":"1YYN"}}`, reason: "us_privacy"},
	{name: "US privacy: not opted out", over: `{"regs":{"us_privacy":"1YNN"}}`, to: usual},
	{name: "GPP: opted out", over: `{"regs":{"gpp":"` + gppOptedOut + `","gpp_sid":[7]}}`, reason: "gpp"},
	{name: "GPP: not opted out", over: `{"regs":{"gpp":"` + gppOpen + `","gpp_sid":[7]}}`, to: usual},
	{name: "global privacy control", over: `{"regs":{"ext":{"gpc":"1"}}}`, reason: "gpp"},
	{name: "COPPA", over: `{"regs":{"coppa":1}}`, reason: "coppa"},
	{name: "not COPPA", over: `{"regs":{"coppa":0}}`, to: usual},
	{name: "limited tracking", over: `{"device":{"lmt":1}}`, reason: "lmt"},
	{name: "tracking not limited", over: `{"device":{"lmt":0}}`, to: usual},

	{name: "activity: no user data for bidders", over: `{"site":{"publisher":{"id":"nodata"}}}`},
	{name: "activity: no user data for one bidder", over: `{"site":{"publisher":{"id":"nodata-pubmatic"}}}`, to: []string{"thetradedesk", "hostdsp"}},
	{name: "activity: no user data for the module", over: `{"site":{"publisher":{"id":"denied"}}}`, reason: "unseen"},
	{name: "activity: no user data for another module", over: `{"site":{"publisher":{"id":"nodata-other"}}}`, to: usual},
	{name: "activity: no bids from one bidder", over: `{"site":{"publisher":{"id":"nobids-pubmatic"}}}`, to: []string{"thetradedesk", "hostdsp"}, uncalled: []string{"pubmatic"}},
	{name: "EID permissions for all", over: `{"ext":{"prebid":{"data":{"eidpermissions":[{"source":"uidapi.com","bidders":["*"]}]}}}}`, to: usual},
	{name: "EID permissions for a bidder that isn't listed", over: `{"ext":{"prebid":{"data":{"eidpermissions":[{"source":"uidapi.com","bidders":["openx"]}]}}}}`},
}

// Each gate withholds the raw UID when it is closed, and doesn't when it is open, with bidders that put all
// that they receive into their bids, which go into the cache and the debug output.
func TestPrivacy(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		w.dsp.behave(nil, echo)
		h := newHost(t, v, w)
		store(t, h.Dir, "accounts", map[string]json.RawMessage{
			"lenient":         json.RawMessage(`{"gdpr":{"purpose2":{"enforce_purpose":false,"enforce_vendors":false}}}`),
			"nodata":          denied("transmitUfpd", `{"componentType":["bidder"]}`),
			"nodata-pubmatic": denied("transmitUfpd", `{"componentType":["bidder"],"componentName":["pubmatic"]}`),
			"nodata-other":    denied("transmitUfpd", `{"componentType":["general"],"componentName":["other"]}`),
			"nobids-pubmatic": denied("fetchBids", `{"componentType":["bidder"],"componentName":["pubmatic"]}`),
		})
		h.startWithKeys()
		for _, gate := range gates {
			for _, more := range []string{`{}`, `{"ext":{"prebid":{"cache":{"bids":{}},"targeting":{},"trace":"verbose"}}}`} {
				t.Run(gate.name, func(t *testing.T) {
					h.t = t
					over := string(merged(t, []byte(gate.over), more))
					h.mustObey(gate, h.play(request{user: w.users[0], over: over}))
				})
			}
		}
		h.t = t
		h.permittedAlone()
		if cached := len(w.cache.puts); cached < len(gates) {
			t.Errorf("only %d bids were cached", cached)
		}
		h.nothingLeaked()
	})
}

func (h *host) mustObey(g gate, got result) {
	h.t.Helper()
	h.onlyTo(got, g.to...)
	for _, bidder := range usual {
		called := got.to(bidder) != nil
		wanted := true
		for _, other := range g.uncalled {
			wanted = wanted && other != bidder
		}
		if called != wanted {
			h.t.Errorf("%s is called: %t, want %t", bidder, called, wanted)
		}
		if a := got.annotation(bidder); called && g.reason != "" && (a.Status != "Withheld" || a.Reason != g.reason) {
			h.t.Errorf("%s: %q for the reason %q, want it withheld for %q", bidder, a.Status, a.Reason, g.reason)
		}
	}
}

// permittedAlone plays until a bidder with a permission of its own gets the raw UID: Prebid Server, until
// v4.7.0, strips EIDs at random from bidders that are permitted, too.
func (h *host) permittedAlone() {
	h.t.Helper()
	given := 0
	for range 40 {
		got := h.play(request{user: h.users[0], over: `{"ext":{"prebid":{"data":{"eidpermissions":[{"source":"uidapi.com","bidders":["pubmatic"]}]}}}}`})
		if got.annotation("pubmatic").Raw == h.users[0].Raw {
			given++
			h.onlyTo(got, "pubmatic")
		} else {
			h.onlyTo(got)
		}
	}
	if given == 0 {
		h.t.Error("the bidder with the permission never received the raw UID")
	}
}

// denied is an account that denies an activity under a condition.
func denied(activity, condition string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"privacy":{"allowactivities":{%q:{"rules":[{"condition":%s,"allow":false}]}}}}`, activity, condition))
}

// echo is a bidder's that puts its request into each of its bids.
func echo(_ string, body []byte, response *openrtb2.BidResponse) {
	text, _ := json.Marshal(string(body)) // a string
	for i := range response.SeatBid[0].Bid {
		bid := &response.SeatBid[0].Bid[i]
		bid.AdM += "<!-- " + string(body) + " -->"
		bid.CrID, bid.NURL = string(body), "https://dsp.example/?request="+string(body)
		bid.Ext = json.RawMessage(strings.TrimSuffix(string(bid.Ext), "}") + `,"echo":` + string(text) + `}`)
	}
}
