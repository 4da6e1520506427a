package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/pprof"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// auctionBidders are the bidders of the auctions. One is listed.
var auctionBidders = []string{"thetradedesk", "appnexus", "openx"}

// prebidServer is a major version of Prebid Server.
type prebidServer struct {
	name string
	noop any // the hooks of a module that does nothing

	// start starts one with the hooks of a module, or without any, and with the endpoints of its bidders.
	start func(hooks any, endpoint func(bidder string) string) (auctionServer, error)

	// module makes the hooks of ours, which has keys then.
	module func(ctx context.Context, config []byte) (hooks any, err error)
}

var prebidServers = []prebidServer{prebidServerV3, prebidServerV4}

// auctionServer is a running Prebid Server.
type auctionServer interface {
	Auction(ctx context.Context, request []byte) (status int, answer []byte, err error)
	Close() error
}

// auctionStand is an operator, bidders, and Prebid Server three times.
type auctionStand struct {
	operator         *uid2test.Server
	dsp              *pbstest.DSP
	bare, idle, ours auctionServer // without modules, with one that does nothing, with ours
}

func newAuctionStand(ctx context.Context, version prebidServer) (s *auctionStand, err error) {
	s = &auctionStand{operator: uid2test.NewServer(), dsp: pbstest.NewDSP(pbstest.DSPConfig{Keep: -1})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	config, err := s.moduleConfig()
	if err != nil {
		return s, err
	}
	// What these start is Prebid Server's in a profile: goroutines inherit labels.
	pprof.Do(ctx, pprof.Labels(sideLabel, serverSide), func(ctx context.Context) {
		var ours any
		if ours, err = version.module(ctx, config); err != nil {
			return
		}
		for _, c := range []struct {
			server *auctionServer
			hooks  any
		}{{&s.bare, nil}, {&s.idle, version.noop}, {&s.ours, ours}} {
			if *c.server, err = version.start(c.hooks, s.dsp.Endpoint); err != nil {
				return
			}
		}
	})
	return s, err
}

// moduleConfig is the configuration of the module: one of the bidders is listed.
func (s *auctionStand) moduleConfig() ([]byte, error) {
	client := s.operator.Client()
	return json.Marshal(map[string]any{
		"enabled": true,
		"uid2":    map[string]any{"base_url": s.operator.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret},
		"bidders": []any{map[string]any{"name": auctionBidders[0]}},
	})
}

func (s *auctionStand) close() {
	for _, server := range []auctionServer{s.bare, s.idle, s.ours} {
		if server != nil {
			server.Close()
		}
	}
	s.dsp.Close()
	s.operator.Close()
}

// auction plays one, which must succeed.
func auction(server auctionServer, request []byte) error {
	status, answer, err := server.Auction(context.Background(), request)
	if err != nil || status != 200 {
		return errors.Join(fmt.Errorf("an auction is answered %d: %.200s", status, answer), err)
	}
	return nil
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
