//go:build pbstree

package realserver_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A server with everything: each permitted bidder gets the raw UID, in its form, from each kind of
// request, and nobody else does.
func TestFullConfiguration(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		h := newHost(t, v, w)
		user := w.users[0]
		h.storeFor(user.Tokens[2])
		h.startWithKeys()
		h.optOut(w.users[5])

		for _, test := range ordinary(w) {
			t.Run(test.name, func(t *testing.T) {
				h.t = t
				h.onlyTo(h.play(test.request), test.to...)
			})
		}
		h.t = t
		got := h.play(request{user: user})
		for _, bidder := range usual {
			if a := got.annotation(bidder); a.Status != "Success" || a.Raw != user.Raw {
				t.Errorf("%s got status %q, and the right raw UID: %t", bidder, a.Status, a.Raw == user.Raw)
			}
		}
		for _, bidder := range []string{"appnexus", "openx"} {
			if !got.has(bidder, user.Tokens[2]) || got.has(bidder, `"uid2":`) {
				t.Errorf("%s, which isn't listed, did not get the token alone", bidder)
			}
		}
		if a := h.play(request{user: w.users[5]}).annotation("pubmatic"); a.Status != "UserOptedOut" {
			t.Errorf("who opted out is annotated %q", a.Status)
		}
		for _, stage := range []string{"raw_auction_request", "processed_auction_request", "bidder_request", "all_processed_bid_responses", "auction_response"} {
			if !strings.Contains(string(h.page(h.Metrics)), `pbs_host_modules_uid2_decrypt_called{stage="`+stage+`"}`) {
				t.Errorf("Prebid Server's metrics don't have the stage %s", stage)
			}
		}
		documentedByPrebid(t, string(h.page(h.Metrics)))
		h.nothingLeaked()
	})
}

// documentedByPrebid holds docs/metrics.md to what a server has about the module, either way.
func documentedByPrebid(t *testing.T, metrics string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("(?m)^\\| `(modules_\\w+)`").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(metrics, "# TYPE pbs_host_"+name[1]+" ") {
			t.Errorf("Prebid Server has no %s", name[1])
		}
	}
	for _, name := range regexp.MustCompile(`# TYPE pbs_host_(modules_uid2_\w+)`).FindAllStringSubmatch(metrics, -1) {
		if !strings.Contains(string(page), "\n| `"+name[1]+"` |") {
			t.Errorf("Prebid Server's %s isn't documented", name[1])
		}
	}
}

// auction is an ordinary one.
type auction struct {
	name string
	request
	to []string // who gets the raw UID; all others nothing
}

// ordinary are auctions of all kinds, for servers with storeFor the first user, and in which the sixth has
// opted out.
func ordinary(w *world) []auction {
	user := w.users[0]
	return []auction{
		{"plain", request{user: user}, usual},
		{"EUID", request{user: w.users[3]}, usual},
		{"opted out", request{user: w.users[5]}, nil},
		{"alias of the request, as listed", request{user: user, over: aliased("ourdsp", "appnexus", `{"placement_id":1}`)}, []string{"appnexus"}},
		{"alias of the request that is another adapter's", request{user: user, over: aliased("ourdsp", "openx", `{"unit":"1","delDomain":"publisher.com"}`)}, nil},
		{"alias of the request over a listed name", request{user: user, over: aliased("thetradedesk", "appnexus", `{"placement_id":1}`)}, nil},
		{"account that narrows", request{user: user, over: `{"site":{"publisher":{"id":"narrow"}}}`}, []string{"pubmatic"}},
		{"account that switches off", request{user: user, over: `{"site":{"publisher":{"id":"disabled"}}}`}, nil},
		{"account that can't be read", request{user: user, over: `{"site":{"publisher":{"id":"broken"}}}`}, nil},
		{"account that wants to widen", request{user: user, over: `{"site":{"publisher":{"id":"wide"}}}`}, []string{"pubmatic"}},
		{"debug", request{user: user, over: `{"test":1}`}, nil},
		{"trace", request{user: user, over: `{"ext":{"prebid":{"trace":"verbose"}}}`}, usual},
		{"cache", request{user: user, over: `{"ext":{"prebid":{"cache":{"bids":{}},"targeting":{}}}}`}, usual},
		{"stored request", request{user: user, over: `{"user":null,"imp":null,"ext":{"prebid":{"storedrequest":{"id":"page"}}}}`}, []string{"thetradedesk", "pubmatic"}},
		{"stored imp", request{user: user, over: `{"imp":[{"id":"i1","ext":{"prebid":{"storedrequest":{"id":"slot"}}}}]}`}, []string{"thetradedesk"}},
		{"stored response", request{user: user, over: `{"imp":[{"id":"i1","banner":{"w":300,"h":250},"ext":{"prebid":{"storedauctionresponse":{"id":"auction"},"bidder":` + everybody + `}}}]}`}, nil},
		{"amp", request{path: "/openrtb2/amp?tag_id=page"}, []string{"thetradedesk", "pubmatic"}},
		{"amp with debug", request{path: "/openrtb2/amp?tag_id=page&debug=1"}, nil},
	}
}

// usual are the bidders that are listed by their own name, two of the OpenRTB 2.5 form and one of 2.6.
var usual = []string{"thetradedesk", "pubmatic", "hostdsp"}

// aliased is a request with an alias alone.
func aliased(name, adapter, params string) string {
	return `{"ext":{"prebid":{"aliases":{"` + name + `":"` + adapter + `"}}},"imp":[{"id":"i1","banner":{"w":300,"h":250},"ext":{"tid":"t2","prebid":{"bidder":{"` + name + `":` + params + `}}}}]}`
}

// storeFor stores a request and an imp with a user's token.
func (h *host) storeFor(token string) {
	h.t.Helper()
	const imp = `{"id":"i1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{"thetradedesk":{"publisherId":"1","supplySourceId":"s"}`
	store(h.t, h.Dir, "stored_requests", map[string]json.RawMessage{
		"page": json.RawMessage(`{"id":"stored","tmax":5000,"site":{"page":"https://example.com/","publisher":{"id":"plain"}},
			"imp":[` + imp + `,"pubmatic":{"publisherId":"1","adSlot":"slot@300x250"},"openx":{"unit":"1","delDomain":"publisher.com"}}}}}],
			"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + token + `"}]}]},"ext":{"prebid":{"targeting":{}}}}`)})
	store(h.t, h.Dir, "stored_imps", map[string]json.RawMessage{"slot": json.RawMessage(imp + `}}}}`)})
}
