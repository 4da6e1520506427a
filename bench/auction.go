package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Bidders of the auctions. One is listed.
var auctionBidders = []string{"thetradedesk", "appnexus", "openx"}

// noop is a module with the same hooks as ours, which do nothing.
type noop struct{}

// HandleProcessedAuctionHook implements the stage.
func (noop) HandleProcessedAuctionHook(context.Context, hookstage.ModuleInvocationContext, hookstage.ProcessedAuctionRequestPayload) (r hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], err error) {
	return r, nil
}

// HandleBidderRequestHook implements the stage.
func (noop) HandleBidderRequestHook(context.Context, hookstage.ModuleInvocationContext, hookstage.BidderRequestPayload) (r hookstage.HookResult[hookstage.BidderRequestPayload], err error) {
	return r, nil
}

// HandleAuctionResponseHook implements the stage.
func (noop) HandleAuctionResponseHook(context.Context, hookstage.ModuleInvocationContext, hookstage.AuctionResponsePayload) (r hookstage.HookResult[hookstage.AuctionResponsePayload], err error) {
	return r, nil
}

// auctionSection measures Prebid Server's auctions with and without the module, and the hooks alone.
func auctionSection(ctx context.Context, e effort) (s Section, err error) {
	s.Title = "An auction in Prebid Server"
	s.About = "Real Prebid Server v3 auctions in this process over HTTP, with three bidders over HTTP, of which one is listed: without any module, with one whose hooks do nothing, and with " +
		"ours. Below, our hooks alone, each with its mutation, as often as such an auction calls them."
	operator := uid2test.NewServer()
	defer operator.Close()
	ours, err := startModule(ctx, operator)
	if err != nil {
		return s, err
	}
	dsp := pbstest.NewDSP(pbstest.DSPConfig{Keep: -1})
	defer dsp.Close()
	request := auctionRequest(operator.Token(uid2test.TokenSpec{Version: codec.V4, Email: "user@example.com"}))

	var contenders []turns.Contender
	for _, c := range []struct {
		name    string
		modules map[string]any
	}{{"no module", nil}, {"a module that does nothing", map[string]any{module.Code: noop{}}}, {"uid2.decrypt", map[string]any{module.Code: ours}}} {
		config := pbstest.Config{Modules: c.modules}
		for _, name := range auctionBidders {
			config.Bidders = append(config.Bidders, pbstest.Bidder{Name: name, Endpoint: dsp.Endpoint(name)})
		}
		server, err := pbstest.New(config)
		if err != nil {
			return s, err
		}
		defer server.Close()
		if status, answer, err := server.Auction(ctx, request); err != nil || status != 200 {
			return s, errors.Join(fmt.Errorf("an auction is answered %d: %.200s", status, answer), err)
		}
		contenders = append(contenders, turns.Of(c.name, func(int) { _, _, _ = server.Auction(ctx, request) }))
	}
	auctions := turns.Measure(of(e, time.Second, 8*time.Second, 20*time.Second), contenders...)
	t := Table{"Auctions", []string{"", "µs", "× no module", "allocs"}, nil}
	for _, r := range auctions {
		t.Rows = append(t.Rows, Row{r.Name, []Value{Value(r.Ns / 1e3), Value(r.Ratio), Value(r.Allocs)}})
	}
	hooks, sum, err := measureHooks(ours, request, of(e, 200*time.Millisecond, time.Second, 2*time.Second))
	if err != nil {
		return s, err
	}
	s.Tables = []Table{t, hooks}
	s.Goals = []Goal{atMost("our hooks, part of an auction", sum/auctions[0].Ns, 0.02)}
	return s, nil
}

func startModule(ctx context.Context, operator *uid2test.Server) (*module.Module, error) {
	client := operator.Client()
	config, err := json.Marshal(map[string]any{
		"enabled": true,
		"uid2":    map[string]any{"base_url": operator.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret},
		"bidders": []any{map[string]any{"name": auctionBidders[0]}},
	})
	if err != nil {
		return nil, err
	}
	m, err := module.New(config, annotator.WithOptOuts(new(bidstream.MemoryOptOuts)))
	if err != nil {
		return nil, err
	}
	return m, m.Keys(codec.ScopeUID2).WaitReady(ctx)
}

func auctionRequest(token string) []byte {
	return fmt.Appendf(nil, `{"id":"a-1","tmax":2000,"site":{"page":"https://www.example.com/","domain":"example.com","publisher":{"id":"1"}},
		"imp":[{"id":"1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{
			"thetradedesk":{"publisherId":"1","supplySourceId":"s"},"appnexus":{"placementId":1},"openx":{"unit":"1","delDomain":"d"}}}}}],
		"device":{"ua":"Mozilla/5.0","ip":"203.0.113.7"},
		"user":{"id":"u","eids":[{"source":"uidapi.com","uids":[{"id":%q,"atype":3}]}]}}`, token)
}

// measureHooks measures each hook, and returns the sum of an auction with three bidders.
func measureHooks(m *module.Module, request []byte, budget time.Duration) (t Table, sum float64, err error) {
	var parsed openrtb2.BidRequest
	if err := json.Unmarshal(request, &parsed); err != nil {
		return t, 0, err
	}
	ctx := context.Background()
	processed := hookstage.ProcessedAuctionRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &parsed}}
	first, err := m.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, processed)
	if err != nil {
		return t, 0, err
	}
	invocation := hookstage.ModuleInvocationContext{ModuleContext: first.ModuleContext}
	bidder := func(name string) func(int) {
		return func(int) {
			own := parsed
			payload := hookstage.BidderRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &own}, Bidder: name}
			result, err := m.HandleBidderRequestHook(ctx, invocation, payload)
			if err != nil {
				panic(err)
			}
			for _, mutation := range result.ChangeSet.Mutations() {
				if _, err := mutation.Apply(payload); err != nil {
					panic(err)
				}
			}
		}
	}
	response := hookstage.AuctionResponsePayload{BidResponse: &openrtb2.BidResponse{Ext: json.RawMessage(`{"responsetimemillis":{"thetradedesk":12},"tmaxrequest":2000}`)}}
	results := turns.Measure(budget,
		turns.Of("processed_auction_request: gates, name, decryption", func(int) {
			if _, err := m.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, processed); err != nil {
				panic(err)
			}
		}),
		turns.Of("bidder_request, listed", bidder(auctionBidders[0])),
		turns.Of("bidder_request, not listed", bidder(auctionBidders[1])),
		turns.Of("auction_response: nothing to redact", func(int) {
			if _, err := m.HandleAuctionResponseHook(ctx, invocation, response); err != nil {
				panic(err)
			}
		}),
	)
	t = Table{"Our hooks", []string{"", "µs", "times an auction", "allocs"}, nil}
	times := []float64{1, 1, 2, 1}
	for i, r := range results {
		t.Rows = append(t.Rows, Row{r.Name, []Value{Value(r.Ns / 1e3), Value(times[i]), Value(r.Allocs)}})
		sum += times[i] * r.Ns
	}
	t.Rows = append(t.Rows, Row{"all of an auction", []Value{Value(sum / 1e3), none, none}})
	return t, sum, nil
}
