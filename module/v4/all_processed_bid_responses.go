// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"context"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

type (
	bidsPayload = hookstage.AllProcessedBidResponsesPayload
	bidsResult  = hookstage.HookResult[bidsPayload]
)

// HandleAllProcessedBidResponsesHook takes raw UIDs out of the bids before Prebid Server puts them into its cache, if
// bids are to be redacted. Like the hook of the response it leaves the search to its mutation, and it returns no module
// context.
func (m *Module) HandleAllProcessedBidResponsesHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, _ bidsPayload) (result bidsResult, _ error) {
	defer recovered(m, &result)
	if auction := auctionOf(invocation); !tooLate(ctx) && m.RedactsBids(auction) {
		result.ChangeSet.AddMutation(m.redactBids(auction), hookstage.MutationUpdate, "responses")
	}
	return result, nil
}

func (m *Module) redactBids(auction *annotator.Auction) hookstage.MutationFunc[bidsPayload] {
	return func(payload bidsPayload) (bidsPayload, error) {
		defer hideHTTPCalls(payload)()
		m.RedactBids(auction, payload.Responses, func() { clear(payload.Responses) })
		return payload, nil
	}
}

// hideHTTPCalls takes the calls out of the bids until the function returned is called. They go into ext.debug only, which
// the response's stage searches.
func hideHTTPCalls(payload bidsPayload) (show func()) {
	var shows []func()
	for _, seat := range payload.Responses {
		if seat != nil && seat.HttpCalls != nil {
			calls := seat.HttpCalls
			seat.HttpCalls = nil
			shows = append(shows, func() { seat.HttpCalls = calls })
		}
	}
	return func() {
		for _, show := range shows {
			show()
		}
	}
}
