package module_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v3/exchange/entities"
	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

// allStages are those of a plan that redacts bids.
var allStages = []string{"processed_auction_request", "bidder_request", "all_processed_bid_responses", "auction_response"}

// amp plays an amp request whose stored request is request, and returns the response's body.
func (s *stand) amp(stored map[string]json.RawMessage, request []byte) []byte {
	s.t.Helper()
	stored["tag"] = request
	status, answer, err := s.pbs.Amp(context.Background(), url.Values{"tag_id": {"tag"}})
	if err != nil || status != 200 {
		s.t.Fatalf("amp: status %d, %v: %s", status, err, answer)
	}
	return answer
}

// raw_in_debug must not hold before the response stage was seen to work at the endpoint: a plan without it would give
// the caller everything.
func TestRawInDebugNeedsTheResponseStage(t *testing.T) {
	for name, test := range map[string]struct {
		pbs  pbstest.Config
		want bool
	}{
		"planned":     {pbstest.Config{}, true},
		"not planned": {pbstest.Config{Stages: []string{"processed_auction_request", "bidder_request"}}, false},
	} {
		stored := map[string]json.RawMessage{}
		test.pbs.StoredRequests = stored
		s := newStand(t, setup{config: map[string]any{"raw_in_debug": true}, pbs: test.pbs})
		debug := s.request(s.token(alice), map[string]any{"test": 1})
		for endpoint, play := range map[string]func() []byte{
			"auction": func() []byte { return s.auction(debug) },
			"amp":     func() []byte { return s.amp(stored, debug) },
		} {
			for i := range 3 {
				answer := play()
				if !bytes.Contains(answer, []byte("httpcalls")) {
					t.Fatalf("%s, %s: no debug output; the test proves nothing", name, endpoint)
				}
				mustNotHold(t, name+", "+endpoint+": the response", answer, []string{s.raw(alice)})
				got, want := s.annotated("thetradedesk"), test.want && i > 0
				if (got.Raw != "") != want || !want && got.Reason != "debug" {
					t.Errorf("%s, %s, debug auction number %d: %+v", name, endpoint, i, got)
				}
			}
		}
	}
}

// rawOf finds the raw UID in a bidder's request.
func rawOf(body []byte) string {
	_, after, _ := bytes.Cut(body, []byte(`"raw":"`))
	raw, _, _ := bytes.Cut(after, []byte(`"`))
	return string(raw)
}

// What a bidder does with its answer shows in ext.errors and ext.warnings, without any debug.
func TestErrorsAndWarningsAreRedacted(t *testing.T) {
	redirect := func(location string) func(http.ResponseWriter, *http.Request, string, []byte) bool {
		return func(w http.ResponseWriter, r *http.Request, _ string, body []byte) bool {
			w.Header().Set("Location", fmt.Sprintf(location, url.QueryEscape(rawOf(body))))
			w.WriteHeader(http.StatusTemporaryRedirect)
			return true
		}
	}
	edit := func(change func(bid *openrtb2.Bid, raw string)) func(string, []byte, *openrtb2.BidResponse) {
		return func(_ string, body []byte, response *openrtb2.BidResponse) {
			change(&response.SeatBid[0].Bid[0], rawOf(body))
		}
	}
	for name, test := range map[string]struct {
		dsp  pbstest.DSPConfig
		want string
	}{
		"redirect to nobody":        {pbstest.DSPConfig{Answer: redirect("http://127.0.0.1:1/?uid=%s")}, `"errors":{`},
		"redirect to another host":  {pbstest.DSPConfig{Answer: redirect("http://192.0.2.1/%s")}, `"errors":{`},
		"redirect that is no URL":   {pbstest.DSPConfig{Answer: redirect("http://[%s")}, `"errors":{`},
		"bid without a creative id": {pbstest.DSPConfig{Edit: edit(func(bid *openrtb2.Bid, raw string) { bid.ID, bid.CrID = raw, "" })}, `"errors":{`},
		"bid of another bidder": {pbstest.DSPConfig{Edit: edit(func(bid *openrtb2.Bid, raw string) {
			bid.Ext = fmt.Appendf(nil, `{"marketplace":%q}`, raw)
		})}, `"warnings":{`},
	} {
		for _, test1 := range []int{0, 1} {
			s := newStand(t, setup{dsp: test.dsp, config: map[string]any{"raw_in_debug": true}})
			var answer []byte
			for range 2 { // the first debug auction is withheld
				answer = s.auction(s.requestTo(map[string]any{"pubmatic": s.params()["pubmatic"]}, s.token(alice), map[string]any{"test": test1}))
			}
			if s.annotated("pubmatic").Raw == "" {
				t.Fatalf("%s: the bidder got no raw UID; the test proves nothing", name)
			}
			mustNotHold(t, name+": the response", answer, []string{s.raw(alice)})
			_, in, ok := bytes.Cut(answer, []byte(test.want))
			if !ok || !bytes.Contains(in, []byte("REDACTED")) {
				t.Errorf("%s, test %d: nothing was redacted in %s: %s", name, test1, test.want, answer)
			}
		}
	}
}

// bidOf puts a raw UID into a bid wherever it can without the adapters refusing the bid.
func bidOf(bid *openrtb2.Bid, raw string) {
	var markup strings.Builder
	if err := template.Must(template.New("").Parse(`<VAST version="3.0"><a u="{{.}}"/></VAST>`)).Execute(&markup, raw); err != nil {
		panic(err)
	}
	bid.AdM = markup.String()
	for _, text := range []*string{&bid.ID, &bid.NURL, &bid.BURL, &bid.LURL, &bid.IURL, &bid.AdID, &bid.Bundle, &bid.CID, &bid.CrID, &bid.Tactic, &bid.Language, &bid.LangB, &bid.DealID} {
		*text = "x-" + url.QueryEscape(raw)
	}
	bid.ADomain, bid.Cat = []string{raw}, []string{raw}
	bid.Ext = fmt.Appendf(nil, `{"u":%q}`, raw)
}

// The cache is filled before the response is made.
func TestCacheHoldsNoRawUID(t *testing.T) {
	caching := map[string]any{"prebid": map[string]any{
		"cache":     map[string]any{"bids": map[string]any{}, "vastxml": map[string]any{}},
		"targeting": map[string]any{"includewinners": true, "includebidderkeys": true, "pricegranularity": "med"},
	}}
	video := []any{map[string]any{"id": "i1", "video": map[string]any{"mimes": []any{"video/mp4"}, "w": 300, "h": 250}}}
	dsp := pbstest.DSPConfig{Edit: func(_ string, body []byte, response *openrtb2.BidResponse) {
		if raw := rawOf(body); raw != "" {
			bidOf(&response.SeatBid[0].Bid[0], raw)
		}
	}}
	for _, redactBids := range []bool{true, false} {
		stored := map[string]json.RawMessage{}
		s := newStand(t, setup{dsp: dsp, config: map[string]any{"redact_bids": redactBids}, pbs: pbstest.Config{Stages: allStages, StoredRequests: stored}})
		params := map[string]any{"thetradedesk": s.params()["thetradedesk"], "pubmatic": s.params()["pubmatic"]}
		video[0].(map[string]any)["ext"] = map[string]any{"prebid": map[string]any{"bidder": params}}
		for name, play := range map[string]func() []byte{
			"banner": func() []byte { return s.auction(s.requestTo(params, s.token(alice), map[string]any{"ext": caching})) },
			"video": func() []byte {
				return s.auction(s.requestTo(params, s.token(alice), map[string]any{"ext": caching, "imp": video}))
			},
			"amp": func() []byte {
				return s.amp(stored, s.requestTo(params, s.token(alice), map[string]any{"ext": caching}))
			},
		} {
			s.pbs.ResetCachePuts()
			answer := play()
			puts := s.pbs.CachePuts()
			if len(puts) == 0 || s.annotated("pubmatic").Raw == "" {
				t.Fatalf("%s: %d entries, %+v; the test proves nothing", name, len(puts), s.annotated("pubmatic"))
			}
			all := append(bytes.Join(puts, nil), answer...)
			if !redactBids {
				if count(all, []string{s.raw(alice)}) == 0 {
					t.Errorf("%s: bids were changed without redact_bids", name)
				}
				continue
			}
			mustNotHold(t, name+": cache or response", all, []string{s.raw(alice)})
			if !bytes.Contains(bytes.Join(puts, nil), []byte("REDACTED")) {
				t.Errorf("%s: nothing was redacted in the cache", name)
			}
		}
	}
}

// fill sets every text that can be reached from v to text, and the keys of maps too.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(`"` + text + `"`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, text)
		fill(value, text)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

// A field that a new version of Prebid Server brings is searched as well.
func TestEveryFieldOfABidIsRedactedBeforeTheCache(t *testing.T) {
	s := newStand(t, setup{config: map[string]any{"redact_bids": true}})
	ctx, raw := context.Background(), s.raw(alice)
	payload := processedOf(t, s.request(s.token(alice), nil))
	processed, err := s.module.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, payload)
	if err != nil {
		t.Fatal(err)
	}
	invocation := hookstage.ModuleInvocationContext{ModuleContext: processed.ModuleContext}
	bids := func() hookstage.AllProcessedBidResponsesPayload {
		var seat entities.PbsOrtbSeatBid
		fill(reflect.ValueOf(&seat).Elem(), raw)
		return hookstage.AllProcessedBidResponsesPayload{Responses: map[openrtb_ext.BidderName]*entities.PbsOrtbSeatBid{openrtb_ext.BidderName(raw): &seat, "nothing": nil}}
	}
	none, err := s.module.HandleAllProcessedBidResponsesHook(ctx, invocation, bids())
	if err != nil || len(none.ChangeSet.Mutations()) != 0 {
		t.Fatal("nobody got a raw UID yet, so there is nothing to look for")
	}
	bidder := hookstage.BidderRequestPayload{Request: payload.Request, Bidder: "pubmatic"}
	written, err := s.module.HandleBidderRequestHook(ctx, invocation, bidder)
	if err != nil || len(written.ChangeSet.Mutations()) != 1 {
		t.Fatal(err)
	}
	if none, _ := s.module.HandleAllProcessedBidResponsesHook(ctx, invocation, bids()); len(none.ChangeSet.Mutations()) != 0 {
		t.Error("the hook's own plan counts as written")
	}
	if _, err := written.ChangeSet.Mutations()[0].Apply(bidder); err != nil {
		t.Fatal(err)
	}
	filled := bids()
	result, err := s.module.HandleAllProcessedBidResponsesHook(ctx, invocation, filled)
	if err != nil || len(result.ChangeSet.Mutations()) != 1 || handsOn(result.ModuleContext) {
		t.Fatalf("%v %+v", err, result)
	}
	if _, err := result.ChangeSet.Mutations()[0].Apply(filled); err != nil {
		t.Fatal(err)
	}
	for _, seat := range filled.Responses {
		if seat != nil && (len(seat.HttpCalls) != 1 || seat.HttpCalls[0].Uri != raw) {
			t.Error("the calls are the response stage's business")
		} else if seat != nil {
			seat.HttpCalls = nil
		}
	}
	text, err := json.Marshal(filled)
	if err != nil {
		t.Fatal(err)
	}
	mustNotHold(t, "a bid", text, []string{raw})
	if n := bytes.Count(text, []byte("REDACTED")); n < 50 {
		t.Errorf("only %d redactions in %s", n, text)
	}
}
