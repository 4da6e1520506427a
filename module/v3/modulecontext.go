package module

import (
	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// What a module context is differs between the major versions of Prebid Server, so each binding has this file of its own.

// auctionKey is where the later stages find the auction in the module context.
const auctionKey = "auction"

// newContext is the module context of a hook that has nothing to hand on: none. Prebid Server v3 takes the first one that
// there is.
func newContext() hookstage.ModuleContext { return nil }

// contextOf is the module context that hands an auction on.
func contextOf(auction *annotator.Auction) hookstage.ModuleContext {
	return hookstage.ModuleContext{auctionKey: auction}
}

// auctionOf returns what the processed stage left, or nil if it did not run or came too late.
func auctionOf(invocation hookstage.ModuleInvocationContext) *annotator.Auction {
	auction, _ := invocation.ModuleContext[auctionKey].(*annotator.Auction)
	return auction
}
