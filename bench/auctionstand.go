package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/pprof"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"

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

// auctionStand is an operator, bidders, and Prebid Server three times.
type auctionStand struct {
	operator         *uid2test.Server
	dsp              *pbstest.DSP
	bare, idle, ours *pbstest.Server // without modules, with one that does nothing, with ours
}

func newAuctionStand(ctx context.Context) (s *auctionStand, err error) {
	s = &auctionStand{operator: uid2test.NewServer(), dsp: pbstest.NewDSP(pbstest.DSPConfig{Keep: -1})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	// What these start is Prebid Server's in a profile: goroutines inherit labels.
	pprof.Do(ctx, pprof.Labels(sideLabel, serverSide), func(ctx context.Context) {
		var decrypt *module.Module
		if decrypt, err = startModule(ctx, s.operator); err != nil {
			return
		}
		for _, c := range []struct {
			server  **pbstest.Server
			modules map[string]any
		}{{&s.bare, nil}, {&s.idle, map[string]any{module.Code: noop{}}}, {&s.ours, map[string]any{module.Code: decrypt}}} {
			if *c.server, err = s.newServer(c.modules); err != nil {
				return
			}
		}
	})
	return s, err
}

func (s *auctionStand) newServer(modules map[string]any) (*pbstest.Server, error) {
	config := pbstest.Config{Modules: modules}
	for _, name := range auctionBidders {
		config.Bidders = append(config.Bidders, pbstest.Bidder{Name: name, Endpoint: s.dsp.Endpoint(name)})
	}
	return pbstest.New(config)
}

func (s *auctionStand) close() {
	for _, server := range []*pbstest.Server{s.bare, s.idle, s.ours} {
		if server != nil {
			server.Close()
		}
	}
	s.dsp.Close()
	s.operator.Close()
}

// auction plays one, which must succeed.
func auction(server *pbstest.Server, request []byte) error {
	status, answer, err := server.Auction(context.Background(), request)
	if err != nil || status != 200 {
		return errors.Join(fmt.Errorf("an auction is answered %d: %.200s", status, answer), err)
	}
	return nil
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

// auctionCase is a kind of auction.
type auctionCase struct {
	name    string
	request []byte
	share   float64 // what part of it our work may be; 0 if there is no goal
}

func (s *auctionStand) cases() []auctionCase {
	token := s.operator.Token(uid2test.TokenSpec{Version: codec.V4, Email: "user@example.com"})
	uid2 := fmt.Sprintf(`{"source":"uidapi.com","uids":[{"id":%q,"atype":3}]}`, token)
	return []auctionCase{
		{"a UID2", auctionRequest(uid2, 0), 0.02},
		{"no UID2", auctionRequest(`{"source":"adserver.org","uids":[{"id":"2f6b2c1e-8f3a-4b57-9f0e-6f1f0a2f4a11","atype":1,"ext":{"rtiPartner":"TDID"}}]}`, 0), 0.01},
		{"a UID2, debug", auctionRequest(uid2, 1), 0},
	}
}

func auctionRequest(eid string, test int) []byte {
	return fmt.Appendf(nil, `{"id":"a-1","tmax":2000,"test":%d,"site":{"page":"https://www.example.com/","domain":"example.com","publisher":{"id":"1"}},
		"imp":[{"id":"1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{
			"thetradedesk":{"publisherId":"1","supplySourceId":"s"},"appnexus":{"placementId":1},"openx":{"unit":"1","delDomain":"d"}}}}}],
		"device":{"ua":"Mozilla/5.0","ip":"203.0.113.7"},
		"user":{"id":"u","eids":[%s]}}`, test, eid)
}
