// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"context"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

type (
	responsePayload = hookstage.AuctionResponsePayload
	responseResult  = hookstage.HookResult[responsePayload]
)

// HandleAuctionResponseHook takes raw UIDs out of the response. It changes the response in place: Prebid Server ignores
// what a hook returns here.
//
// It searches in the mutation, against the rule that a mutation only applies what its hook prepared: a hook that is late
// loses its mutation, and with it the redaction, so the hook must take no time. A mutation has all the time that it
// needs, which is linear in the response.
func (m *Module) HandleAuctionResponseHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, _ responsePayload) (result responseResult, _ error) {
	defer recovered(m, &result)
	if tooLate(ctx) {
		return result, nil
	}
	auction, endpoint := auctionOf(invocation), invocation.Endpoint
	if auction.Wrote() {
		result.AnalyticsTags = searchedTags
	}
	if auction.Wrote() || m.AwaitsRedaction(endpoint) {
		result.ChangeSet.AddMutation(m.redact(auction, endpoint), hookstage.MutationUpdate, "bidresponse")
	}
	return result, nil
}

func (m *Module) redact(auction *annotator.Auction, endpoint string) hookstage.MutationFunc[responsePayload] {
	return func(payload responsePayload) (responsePayload, error) {
		m.Redact(auction, payload.BidResponse)
		m.SawRedaction(endpoint)
		return payload, nil
	}
}
