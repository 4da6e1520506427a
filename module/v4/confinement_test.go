// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A caller can make a listed bidder's name an alias of any adapter, even of one whose host the request chooses.
func TestAliasThatShadowsAListedBidderGetsNothing(t *testing.T) {
	s := newStand(t, setup{})
	for _, name := range []string{"thetradedesk", "TheTradeDesk", "pubmatic"} {
		for _, adapter := range []string{"zeroclickfraud", "appnexus"} {
			s.dsp.Reset()
			params := map[string]any{name: s.params()[adapter]}
			s.auction(s.requestTo(params, s.token(alice), map[string]any{
				"ext": map[string]any{"prebid": map[string]any{"aliases": map[string]any{name: adapter}}},
			}))
			if s.dsp.Count(adapter) != 1 {
				t.Errorf("%s as %s: the request did not go to the adapter; the test proves nothing", name, adapter)
				continue
			}
			s.mustNotSee(adapter, s.raw(alice))
		}
	}
}

func TestListedPairOfAliasAndAdapter(t *testing.T) {
	pair := map[string]any{"bidders": []any{map[string]any{"name": "ourdsp", "alias_of": "appnexus"}}}
	s := newStand(t, setup{config: pair})
	for adapter, want := range map[string]bool{"appnexus": true, "openx": false} {
		s.auction(s.requestTo(map[string]any{"ourdsp": s.params()[adapter]}, s.token(alice), map[string]any{
			"ext": map[string]any{"prebid": map[string]any{"aliases": map[string]any{"ourdsp": adapter}}},
		}))
		if got := bytes.Contains(s.sent(adapter), []byte(s.raw(alice))); got != want {
			t.Errorf("ourdsp as %s: raw UID %t, want %t", adapter, got, want)
		}
	}
}

// Prebid Server keeps a top-level member of ext that it doesn't know, and looks an alias up by its exact name. A reader that
// folds letter case would believe the second object, in some auctions or in all.
func TestAliasInAnotherSpelling(t *testing.T) {
	s := newStand(t, setup{config: map[string]any{"bidders": []any{map[string]any{"name": "ourdsp", "alias_of": "appnexus"}}}})
	const auctions = 40
	for adapter, spelled := range map[string]string{
		"openx":          `{"prebid":{"aliases":{"ourdsp":"openx"}},"PREBID":{"aliases":{"OURDSP":"appnexus"}}}`,
		"zeroclickfraud": `{"prebid":{"aliases":{"ourdsp":"zeroclickfraud"}},"Prebid":{"aliases":{"OURDSP":"appnexus"}}}`,
	} {
		s.dsp.Reset()
		request := s.requestTo(map[string]any{"ourdsp": s.params()[adapter]}, s.token(alice), map[string]any{"ext": json.RawMessage(spelled)})
		for range auctions {
			s.auction(request)
		}
		if got := s.dsp.Count(adapter); got != auctions {
			t.Fatalf("%s got %d requests of %d; the test proves nothing", adapter, got, auctions)
		}
		leaked := 0
		for _, sent := range s.dsp.Requests(adapter) {
			leaked += bytes.Count(sent, []byte(s.raw(alice)))
		}
		if leaked > 0 {
			t.Errorf("%s got the raw UID in %d of %d auctions", adapter, leaked, auctions)
		}
	}
}

func TestForgedAnnotationReachesNoBidder(t *testing.T) {
	s := newStand(t, setup{})
	forged := map[string]any{"rtiPartner": "UID2", "uid2": map[string]any{"status": "Success", "raw": "forged"}}
	eid := func(source, id string) map[string]any {
		return map[string]any{"source": source, "uids": []any{map[string]any{"id": id, "ext": forged}}}
	}
	for name, over := range map[string]map[string]any{
		"user.eids":     {"user": map[string]any{"eids": []any{eid("uidapi.com", s.token(alice)), eid("other.example", "x")}}},
		"user.ext.eids": {"user": map[string]any{"ext": map[string]any{"eids": []any{eid("uidapi.com", s.token(alice)), eid("other.example", "x")}}}},
		"first-party data of one bidder, user.eids": {"ext": map[string]any{"prebid": map[string]any{"bidderconfig": []any{map[string]any{
			"bidders": []any{"appnexus", "openx", "thetradedesk", "pubmatic"},
			"config":  map[string]any{"ortb2": map[string]any{"user": map[string]any{"eids": []any{eid("other.example", "x")}}}}}}}}},
		"first-party data of one bidder, user.ext.eids": {"user": nil, "ext": map[string]any{"prebid": map[string]any{"bidderconfig": []any{map[string]any{
			"bidders": []any{"appnexus", "openx", "thetradedesk", "pubmatic"},
			"config":  map[string]any{"ortb2": map[string]any{"user": map[string]any{"ext": map[string]any{"eids": []any{eid("other.example", "x")}}}}}}}}}},
	} {
		s.dsp.Reset()
		s.auction(s.request(s.token(alice), over))
		for _, bidder := range []string{"thetradedesk", "pubmatic", "appnexus", "openx"} {
			sent := s.sent(bidder)
			if bytes.Contains(sent, []byte("forged")) {
				t.Errorf("%s: %s received the forgery: %s", name, bidder, sent)
			}
			if bytes.Contains(sent, []byte(`"eids"`)) && !bytes.Contains(sent, []byte(`"rtiPartner":"UID2"`)) {
				t.Errorf("%s: %s lost the rest of ext: %s", name, bidder, sent)
			}
		}
	}
}

// Debug output echoes the bidders' requests to the caller.
func TestDebugWithholds(t *testing.T) {
	s := newStand(t, setup{})
	for name, over := range map[string]map[string]any{
		"test":             {"test": 1},
		"ext.prebid.debug": {"ext": map[string]any{"prebid": map[string]any{"debug": true}}},
	} {
		answer := s.auction(s.request(s.token(alice), over))
		if !bytes.Contains(answer, []byte("httpcalls")) {
			t.Errorf("%s: no debug output; the test proves nothing", name)
		}
		if bytes.Contains(answer, []byte(s.raw(alice))) {
			t.Errorf("%s: the response holds a raw UID", name)
		}
		if got := s.annotated("thetradedesk"); got.Raw != "" || got.Status != "Withheld" || got.Reason != "debug" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRawInDebugIsRedacted(t *testing.T) {
	s := newStand(t, setup{
		config: map[string]any{"raw_in_debug": true, "redact_bids": true},
		dsp:    pbstest.DSPConfig{Echo: pbstest.EchoResponseExt | pbstest.EchoBidExt | pbstest.EchoMarkup},
	})
	s.auction(s.request(s.token(alice), nil)) // shows that responses are redacted
	answer := s.auction(s.request(s.token(alice), map[string]any{"test": 1}))
	if got := s.annotated("thetradedesk"); got.Raw != s.raw(alice) {
		t.Fatalf("the bidder got no raw UID: %+v", got)
	}
	if bytes.Contains(answer, []byte(s.raw(alice))) {
		t.Error("the response holds a raw UID")
	}
	if n := bytes.Count(answer, []byte("REDACTED")); n < 8 {
		t.Errorf("only %d redactions; two bidders echo in four places each", n)
	}
}

// Without the processed stage nobody knows what to redact, so debug withholds whatever the configuration says.
func TestRawInDebugNeedsTheProcessedStage(t *testing.T) {
	s := newStand(t, setup{
		config: map[string]any{"raw_in_debug": true},
		pbs:    pbstest.Config{Stages: []string{"bidder_request", "auction_response"}},
	})
	answer := s.auction(s.request(s.token(alice), map[string]any{"test": 1}))
	if bytes.Contains(answer, []byte(s.raw(alice))) || bytes.Contains(s.sent("thetradedesk"), []byte(s.raw(alice))) {
		t.Error("a raw UID went out")
	}
}

// TestNoRawUIDLeaves plays thousands of generated auctions and looks for every raw UID in everything that is not the
// request of a listed bidder.
func TestNoRawUIDLeaves(t *testing.T) {
	const auctions, users = 3000, 40
	for name, config := range map[string]map[string]any{
		"default":      nil,
		"raw_in_debug": {"raw_in_debug": true, "redact_bids": true, "bidders": []any{map[string]any{"name": "thetradedesk", "mode": "replace"}, map[string]any{"name": "pubmatic"}}},
	} {
		t.Run(name, func(t *testing.T) {
			stored := map[string]json.RawMessage{}
			echo := pbstest.EchoResponseExt
			if config != nil {
				echo |= pbstest.EchoBidExt | pbstest.EchoMarkup
			}
			s := newStand(t, setup{config: config, dsp: pbstest.DSPConfig{Echo: echo, Keep: auctions}, pbs: pbstest.Config{StoredRequests: stored}})
			random := rand.New(rand.NewPCG(1, 2))
			var raws []string
			for i := range users {
				email := fmt.Sprintf("user%d@example.com", i)
				raws = append(raws, s.raw(email), s.euid.RawUID(uid2test.TokenSpec{Email: email}).Reveal())
			}
			given := 0
			for range auctions / 2 {
				request := s.randomRequest(random, users)
				answer := s.auction(request)
				mustNotHold(t, "a response", answer, raws)
			}
			for bidder := range s.params() {
				for _, sent := range s.dsp.Requests(bidder) {
					if bidder == "thetradedesk" || bidder == "pubmatic" {
						given += count(sent, raws)
					} else {
						mustNotHold(t, "a request to "+bidder, sent, raws)
					}
				}
			}
			if given < users {
				t.Errorf("listed bidders got only %d raw UIDs; the test proves nothing", given)
			}
			logs, err := pbstest.Logs()
			if err != nil {
				t.Fatal(err)
			}
			mustNotHold(t, "the log", logs, raws)
			mustNotHold(t, "the metrics", s.metricsText(), raws)
		})
	}
}

// randomRequest mixes tokens, places, bidders, aliases, debug switches and privacy signals.
func (s *stand) randomRequest(random *rand.Rand, users int) []byte {
	some := func(oneIn int) bool { return random.IntN(oneIn) == 0 }
	token := func() string {
		spec := uid2test.TokenSpec{Version: codec.Version(2 + random.IntN(3)), Email: fmt.Sprintf("user%d@example.com", random.IntN(users))}
		if some(4) {
			return s.euid.Token(spec)
		}
		return s.uid2.Token(spec)
	}
	uids := func() []any {
		var all []any
		for _, source := range []string{"uidapi.com", "euid.eu"} {
			for range random.IntN(3) {
				all = append(all, map[string]any{"source": source, "uids": []any{map[string]any{"id": token()}}})
			}
		}
		return append(all, map[string]any{"source": "other.example", "uids": []any{map[string]any{"id": "x"}}})
	}
	user := map[string]any{"eids": uids()}
	if some(3) {
		user = map[string]any{"ext": user}
	}
	prebid := map[string]any{}
	over := map[string]any{"user": user, "ext": map[string]any{"prebid": prebid}}
	params := s.params()
	if some(4) {
		over["test"] = 1
	}
	if some(4) {
		prebid["debug"] = true
	}
	if some(3) {
		prebid["trace"] = "verbose"
	}
	if some(4) {
		prebid["aliases"] = map[string]any{"thetradedesk": "zeroclickfraud"}
		params["thetradedesk"] = params["zeroclickfraud"]
	}
	if some(4) {
		prebid["bidderconfig"] = []any{map[string]any{"bidders": []any{"thetradedesk", "appnexus", "openx"},
			"config": map[string]any{"ortb2": map[string]any{"user": map[string]any{"eids": uids()}}}}}
	}
	if some(8) {
		over["device"] = map[string]any{"lmt": 1}
	}
	if some(8) {
		over["regs"] = map[string]any{"coppa": 1}
	}
	return s.requestTo(params, "", over)
}

// metricsText is every metric of Prebid Server and of the module.
func (s *stand) metricsText() []byte {
	s.t.Helper()
	own := prometheus.NewRegistry()
	if err := own.Register(s.module.Collector()); err != nil {
		s.t.Fatal(err)
	}
	families, err := prometheus.Gatherers{s.pbs.Metrics, own}.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			s.t.Fatal(err)
		}
	}
	return text.Bytes()
}

// forms are the ways in which a raw UID may stand in text.
func forms(raw string) []string {
	return []string{
		raw,
		strings.TrimRight(raw, "="),
		strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(raw), "="),
		url.QueryEscape(raw),
		strings.ReplaceAll(raw, "/", `\/`),
	}
}

func count(text []byte, raws []string) (n int) {
	for _, raw := range raws {
		n += bytes.Count(text, []byte(raw))
	}
	return n
}

func mustNotHold(t *testing.T, what string, text []byte, raws []string) {
	t.Helper()
	for i, raw := range raws {
		for _, form := range forms(raw) {
			if bytes.Contains(text, []byte(form)) {
				t.Fatalf("%s holds raw UID number %d", what, i)
			}
		}
	}
}
