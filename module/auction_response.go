package module

import (
	"context"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

type (
	responsePayload = hookstage.AuctionResponsePayload
	responseResult  = hookstage.HookResult[responsePayload]
)

// HandleAuctionResponseHook takes raw UIDs out of the response. It changes the response in place: Prebid Server ignores
// what a hook returns here.
func (m *Module) HandleAuctionResponseHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload responsePayload) (result responseResult, _ error) {
	defer recovered(m, &result)
	auction := auctionOf(invocation)
	if !tooLate(ctx) && m.Leaks(auction, payload.BidResponse) {
		result.AnalyticsTags = redactedTags()
		result.ChangeSet.AddMutation(m.redact(auction), hookstage.MutationUpdate, "bidresponse")
	}
	return result, nil
}

func (m *Module) redact(auction *annotator.Auction) hookstage.MutationFunc[responsePayload] {
	return func(payload responsePayload) (responsePayload, error) {
		m.Redact(auction, payload.BidResponse)
		return payload, nil
	}
}
