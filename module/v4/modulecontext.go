package module

import (
	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

//go:generate go run ../../internal/bindings

// What a module context is differs between the major versions of Prebid Server, so each binding has this file of its own.

// auctionKey is where the later stages find the auction in the module context.
const auctionKey = "auction"

// newContext is the module context of a hook that has nothing to hand on. Prebid Server v4 keeps the first one that a module
// returns, be it nil, and puts what later hooks return into that one: with nil, what the processed stage found out would be
// lost.
func newContext() *hookstage.ModuleContext { return hookstage.NewModuleContext() }

// contextOf is the module context that hands an auction on.
func contextOf(auction *annotator.Auction) *hookstage.ModuleContext {
	context := newContext()
	context.Set(auctionKey, auction)
	return context
}

// auctionOf returns what the processed stage left, or nil if it did not run or came too late, or if the stage before it came
// too late: Prebid Server has kept nil then.
func auctionOf(invocation hookstage.ModuleInvocationContext) *annotator.Auction {
	value, _ := invocation.ModuleContext.Get(auctionKey)
	auction, _ := value.(*annotator.Auction)
	return auction
}
