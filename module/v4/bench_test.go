// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

//go:build go1.24

package module_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"
	"github.com/prebid/prebid-server/v4/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// BenchmarkHooks times each hook together with the mutation that it asks for, without Prebid Server around it.
func BenchmarkHooks(b *testing.B) {
	s := newStand(b, setup{})
	token := s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice})
	ctx := context.Background()

	processed := func() (moduleContext, error) {
		result, err := s.module.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, processedOf(b, s.request(token, nil)))
		return result.ModuleContext, err
	}
	first, err := processed()
	if err != nil {
		b.Fatal(err)
	}
	invocation := hookstage.ModuleInvocationContext{ModuleContext: first}

	b.Run("processed_auction_request", func(b *testing.B) {
		payload := processedOf(b, s.request(token, nil))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.module.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, listed := range []struct{ name, bidder string }{{"listed", "thetradedesk"}, {"not listed", "appnexus"}} {
		for _, form := range []struct {
			name    string
			convert func(openrtb2.BidRequest) openrtb2.BidRequest
		}{{"2.6", as26}, {"2.5", as25}} {
			b.Run("bidder_request/"+listed.name+"/"+form.name, func(b *testing.B) {
				request := form.convert(*processedOf(b, s.request(token, nil)).Request.BidRequest)
				b.ReportAllocs()
				for b.Loop() {
					own := request
					payload := hookstage.BidderRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &own}, Bidder: listed.bidder}
					benchBidder(b, s, invocation, payload)
				}
			})
		}
	}
	none, err := processed()
	if err != nil {
		b.Fatal(err)
	}
	written := hookstage.BidderRequestPayload{Request: processedOf(b, s.request(token, nil)).Request, Bidder: "thetradedesk"}
	benchBidder(b, s, invocation, written)
	for _, wrote := range []struct {
		name    string
		context moduleContext
	}{{"nothing written", none}, {"written", first}} {
		b.Run("auction_response/"+wrote.name, func(b *testing.B) {
			payload := hookstage.AuctionResponsePayload{BidResponse: &openrtb2.BidResponse{Ext: json.RawMessage(`{"responsetimemillis":{"thetradedesk":12},"tmaxrequest":500}`)}}
			b.ReportAllocs()
			for b.Loop() {
				result, err := s.module.HandleAuctionResponseHook(ctx, hookstage.ModuleInvocationContext{ModuleContext: wrote.context}, payload)
				if err != nil {
					b.Fatal(err)
				}
				for _, mutation := range result.ChangeSet.Mutations() {
					if _, err := mutation.Apply(payload); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// benchBidder calls the hook of one bidder, and its mutation.
func benchBidder(b *testing.B, s *stand, invocation hookstage.ModuleInvocationContext, payload hookstage.BidderRequestPayload) {
	result, err := s.module.HandleBidderRequestHook(context.Background(), invocation, payload)
	if err != nil {
		b.Fatal(err)
	}
	for _, mutation := range result.ChangeSet.Mutations() {
		if _, err := mutation.Apply(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func processedOf(t testing.TB, request []byte) hookstage.ProcessedAuctionRequestPayload {
	t.Helper()
	var parsed openrtb2.BidRequest
	if err := json.Unmarshal(request, &parsed); err != nil {
		t.Fatal(err)
	}
	return hookstage.ProcessedAuctionRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &parsed}}
}

func as26(request openrtb2.BidRequest) openrtb2.BidRequest { return request }

// as25 moves the eids to where OpenRTB 2.5 has them.
func as25(request openrtb2.BidRequest) openrtb2.BidRequest {
	user := *request.User
	eids, err := json.Marshal(user.EIDs)
	if err != nil {
		panic(err)
	}
	user.EIDs, user.Ext = nil, json.RawMessage(`{"eids":`+string(eids)+`}`)
	request.User = &user
	return request
}
