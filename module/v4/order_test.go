// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"context"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"
)

// identityModule adds a uid to every request at the processed stage, as modules of identity vendors do.
type identityModule struct{ token string }

var _ hookstage.ProcessedAuctionRequest = identityModule{}

func (m identityModule) HandleProcessedAuctionHook(context.Context, hookstage.ModuleInvocationContext, hookstage.ProcessedAuctionRequestPayload) (result hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], _ error) {
	result.ChangeSet.AddMutation(func(payload hookstage.ProcessedAuctionRequestPayload) (hookstage.ProcessedAuctionRequestPayload, error) {
		payload.Request.User.EIDs = []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: m.token}}}}
		return payload, nil
	}, hookstage.MutationAdd, "user", "eids")
	return result, nil
}

// In a group before ours the uid is like any other. Behind ours it may be one that activity controls hid from us.
func TestUIDOfAnotherModule(t *testing.T) {
	for code, want := range map[string]annotation{"a.identity": {Status: "Success"}, "z.identity": {Status: "Withheld", Reason: "unseen"}} {
		s := newStand(t, setup{prepare: func(s *stand) { s.others = map[string]any{code: identityModule{s.token(alice)}} }})
		s.auction(s.request("", map[string]any{"user": map[string]any{"ext": map[string]any{"x": 1}}}))
		for _, bidder := range []string{"thetradedesk", "pubmatic"} {
			got := s.annotated(bidder)
			if got.Status != want.Status || got.Reason != want.Reason || (got.Raw == s.raw(alice)) != (want.Status == "Success") {
				t.Errorf("%s, %s: %+v", code, bidder, got)
			}
		}
	}
}
