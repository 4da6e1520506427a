package main

import (
	"context"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

type noopV4 = noop[hookstage.ModuleInvocationContext,
	hookstage.ProcessedAuctionRequestPayload, hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload],
	hookstage.BidderRequestPayload, hookstage.HookResult[hookstage.BidderRequestPayload],
	hookstage.AuctionResponsePayload, hookstage.HookResult[hookstage.AuctionResponsePayload]]

var prebidServerV4 = prebidServer{
	name: "Prebid Server v4",
	noop: noopV4{},
	start: func(hooks any, endpoint func(bidder string) string) (auctionServer, error) {
		var config pbstest.Config
		if hooks != nil {
			config.Modules = map[string]any{module.Code: hooks}
		}
		for _, name := range auctionBidders {
			config.Bidders = append(config.Bidders, pbstest.Bidder{Name: name, Endpoint: endpoint(name)})
		}
		server, err := pbstest.New(config)
		if err != nil {
			return nil, err // and not a nil *Server, which is a value
		}
		return server, nil
	},
	module: func(ctx context.Context, config []byte) (hooks any, err error) {
		m, err := module.New(config, annotator.WithOptOuts(new(bidstream.MemoryOptOuts)))
		if err != nil {
			return nil, err
		}
		return m, m.Keys(codec.ScopeUID2).WaitReady(ctx)
	},
}
