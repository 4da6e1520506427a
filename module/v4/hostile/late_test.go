// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"context"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	prebid "github.com/uid2rtb/uid2rtb/module/v4"
)

// lateness is how a hook is too late.
type lateness int

const (
	inTime lateness = iota
	// startsLate: Prebid Server has given up on the hook when it starts.
	startsLate
	// answersLate: the hook does its work in time, but Prebid Server has given up when it says so.
	answersLate
)

// lateModule delays the hooks of some stages.
type lateModule struct {
	*prebid.Module
	late map[string]lateness
}

// giveUp is how long after its own timer, which ends a hook's context, Prebid Server's other timer
// ends its waiting, at most: the two are started one after the other, in either order.
const giveUp = 20 * time.Millisecond

// hold makes a hook late. Its group's timeout ends the waiting.
func hold[R any](ctx context.Context, late lateness, hook func() (R, error)) (R, error) {
	if late == startsLate {
		<-ctx.Done()
		time.Sleep(giveUp)
	}
	result, err := hook()
	if late == answersLate {
		<-ctx.Done()
		time.Sleep(giveUp)
	}
	return result, err
}

type (
	invocation    = hookstage.ModuleInvocationContext
	result[P any] = hookstage.HookResult[P]
)

func (m lateModule) HandleRawAuctionHook(ctx context.Context, i invocation, p hookstage.RawAuctionRequestPayload) (r result[hookstage.RawAuctionRequestPayload], err error) {
	if hooks, ok := any(m.Module).(hookstage.RawAuctionRequest); ok {
		return hold(ctx, m.late[rawAuction], func() (result[hookstage.RawAuctionRequestPayload], error) {
			return hooks.HandleRawAuctionHook(ctx, i, p)
		})
	}
	return r, nil
}

func (m lateModule) HandleProcessedAuctionHook(ctx context.Context, i invocation, p hookstage.ProcessedAuctionRequestPayload) (result[hookstage.ProcessedAuctionRequestPayload], error) {
	return hold(ctx, m.late[processed], func() (result[hookstage.ProcessedAuctionRequestPayload], error) {
		return m.Module.HandleProcessedAuctionHook(ctx, i, p)
	})
}

func (m lateModule) HandleBidderRequestHook(ctx context.Context, i invocation, p hookstage.BidderRequestPayload) (result[hookstage.BidderRequestPayload], error) {
	return hold(ctx, m.late[bidderRequest], func() (result[hookstage.BidderRequestPayload], error) {
		return m.Module.HandleBidderRequestHook(ctx, i, p)
	})
}

func (m lateModule) HandleAllProcessedBidResponsesHook(ctx context.Context, i invocation, p hookstage.AllProcessedBidResponsesPayload) (r result[hookstage.AllProcessedBidResponsesPayload], err error) {
	if hooks, ok := any(m.Module).(hookstage.AllProcessedBidResponses); ok {
		return hold(ctx, m.late[allProcessed], func() (result[hookstage.AllProcessedBidResponsesPayload], error) {
			return hooks.HandleAllProcessedBidResponsesHook(ctx, i, p)
		})
	}
	return r, nil
}

func (m lateModule) HandleAuctionResponseHook(ctx context.Context, i invocation, p hookstage.AuctionResponsePayload) (result[hookstage.AuctionResponsePayload], error) {
	return hold(ctx, m.late[auctionResponse], func() (result[hookstage.AuctionResponsePayload], error) {
		return m.Module.HandleAuctionResponseHook(ctx, i, p)
	})
}

// identityModule is another module that knows a token, and adds it after ours has run.
type identityModule struct{ token string }

func (m identityModule) HandleProcessedAuctionHook(context.Context, invocation, hookstage.ProcessedAuctionRequestPayload) (r result[hookstage.ProcessedAuctionRequestPayload], err error) {
	r.ChangeSet.AddMutation(func(p hookstage.ProcessedAuctionRequestPayload) (hookstage.ProcessedAuctionRequestPayload, error) {
		user := openrtb2.User{}
		if p.Request.User != nil {
			user = *p.Request.User
		}
		user.EIDs = append(user.EIDs[:len(user.EIDs):len(user.EIDs)], openrtb2.EID{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: m.token}}})
		p.Request.User = &user
		return p, nil
	}, hookstage.MutationAdd, "user", "eids")
	return r, nil
}
