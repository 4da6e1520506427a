// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"context"
	"time"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

type (
	processedPayload = hookstage.ProcessedAuctionRequestPayload
	processedResult  = hookstage.HookResult[processedPayload]
)

// HandleProcessedAuctionHook decrypts the request's tokens for the later stages, and removes forged annotations from
// the request as a whole.
func (m *Module) HandleProcessedAuctionHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload processedPayload) (result processedResult, _ error) {
	defer recovered(m, &result)
	if tooLate(ctx) || payload.Request == nil || payload.Request.BidRequest == nil {
		result.ModuleContext = newContext()
		return result, nil
	}
	req := payload.Request.BidRequest
	auction := m.Resolve(ctx, req, time.Now())
	auction.At(invocation.Endpoint)
	auction.By(invocation.HookImplCode)
	result.ModuleContext = contextOf(auction)
	result.AnalyticsTags = m.resolvedTags(auction)
	removeLater(payload, &result)
	return result, nil
}

// removeLater has forgeries removed. It is apart from the hook, whose frame lies beneath the decryption's.
//
//go:noinline
func removeLater(payload processedPayload, result *processedResult) {
	var nobody annotator.Decision
	if req := payload.Request.BidRequest; nobody.WouldChange(req) || !annotator.Shown(req) {
		result.ChangeSet.AddMutation(removeForgeries, hookstage.MutationDelete, "bidrequest", "user", "eids", "uids", "ext", "uid2")
	}
}

// removeForgeries looks at the request again, because it may be another copy than the one that the hook was shown.
func removeForgeries(payload processedPayload) (processedPayload, error) {
	if payload.Request == nil || payload.Request.BidRequest == nil {
		return payload, nil
	}
	var nobody annotator.Decision
	payload.Request.User, _ = nobody.Apply(payload.Request.BidRequest)
	return payload, nil
}
