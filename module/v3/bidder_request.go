package module

import (
	"context"
	"time"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

type (
	bidderPayload = hookstage.BidderRequestPayload
	bidderResult  = hookstage.HookResult[bidderPayload]
)

// HandleBidderRequestHook annotates one bidder's request. It never returns a module context: all bidders of an auction
// share one, and Prebid Server would write it while the others read it.
func (m *Module) HandleBidderRequestHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload bidderPayload) (result bidderResult, _ error) {
	defer recovered(m, &result)
	if tooLate(ctx) || payload.Request == nil || payload.Request.BidRequest == nil {
		return result, nil
	}
	req := payload.Request.BidRequest
	auction := auctionOf(invocation)
	var now time.Time
	if auction == nil {
		now = time.Now()
	}
	decision, err := m.ForBidder(ctx, auction, payload.Bidder, req, invocation.AccountConfig, now)
	if err != nil {
		result.Warnings = append(result.Warnings, err.Error())
	}
	shown := annotator.Shown(req) || auction.ShownTo(invocation.HookImplCode)
	if (decision.WouldChange(req) || !shown) && !tooLate(ctx) {
		var tag *appliedTag
		if decision.Listed() {
			tag = newAppliedTag(payload.Bidder)
		}
		result.AnalyticsTags = tag.tags()
		result.ChangeSet.AddMutation(m.apply(decision, tag), hookstage.MutationUpdate, "bidrequest", "user")
	}
	return result, nil
}

// apply writes the decision into the request that goes out. That may be another copy than the hook was shown, and
// other modules may have changed it since, so the user is taken from there and not from the hook.
func (m *Module) apply(decision *annotator.Decision, tag *appliedTag) hookstage.MutationFunc[bidderPayload] {
	return func(payload bidderPayload) (bidderPayload, error) {
		if payload.Request == nil || payload.Request.BidRequest == nil {
			return payload, nil
		}
		// The wrapper may hold changes of other modules that are not in the request yet. They go in first, and the
		// wrapper forgets them, or it would write them over ours later.
		rebuildErr := payload.Request.RebuildRequest()
		req := *payload.Request.BidRequest
		var applied annotator.Applied
		req.User, applied = decision.Apply(&req)
		*payload.Request = openrtb_ext.RequestWrapper{BidRequest: &req}
		tag.fill(decision, applied)
		m.CountApplied(applied)
		return payload, rebuildErr
	}
}
