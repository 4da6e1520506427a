// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v4"
)

// dependent is a module that withholds if what its processed stage found out doesn't reach the bidders' stage.
var dependent = map[string]any{"bidder_stage_alone": false}

// A stage before the processed one, in which the module has nothing to say, takes nothing from what that one says.
func TestRawStageLosesNoAuction(t *testing.T) {
	s := newStand(t, setup{config: dependent, pbs: planned(map[string]int{
		"raw_auction_request": 5000, "processed_auction_request": 5000, "bidder_request": 5000, "auction_response": 5000})})
	for name, request := range map[string][]byte{
		"clean":  s.request(s.token(alice), nil),
		"forged": s.request("", map[string]any{"user": map[string]any{"eids": forgedUID(s.token(alice))}}),
	} {
		s.auction(request)
		if got := s.annotated("thetradedesk"); got.Status != "Success" || got.Raw != s.raw(alice) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// forgedUID is an eid whose only uid has a forgery.
func forgedUID(token string) []any {
	forged := eids(token)
	forged[0].(map[string]any)["uids"].([]any)[0].(map[string]any)["ext"] = map[string]any{"uid2": map[string]any{"raw": "forged"}}
	return forged
}

// panicsOnce is a store of opt-outs that fails at the first question.
type panicsOnce struct{ asked *atomic.Bool }

func (p panicsOnce) OptOut(codec.RawUID) bidstream.OptOut {
	if !p.asked.Swap(true) {
		panic("first")
	}
	return bidstream.OptOut{State: bidstream.NotOptedOut}
}

// A panic in the first of two hooks doesn't take what the second one says.
func TestPanicLosesNoAuction(t *testing.T) {
	s := newStand(t, setup{})
	asked := new(atomic.Bool)
	var err error
	if s.module, err = module.New(s.config(dependent), annotator.WithOptOuts(panicsOnce{asked})); err != nil {
		t.Fatal(err)
	}
	s.startPBS(plannedTwice())
	s.waitForKeys()
	s.auction(s.request(s.token(alice), nil))
	if got := s.annotated("thetradedesk"); !asked.Load() || got.Status != "Success" || got.Raw != s.raw(alice) {
		t.Errorf("after a panic: %+v", got)
	}
}

// stuck is a module whose hook at the raw stage is late for sure: it answers when the test ends.
type stuck struct {
	*module.Module
	end <-chan struct{}
}

func (m stuck) HandleRawAuctionHook(ctx context.Context, i hookstage.ModuleInvocationContext, p hookstage.RawAuctionRequestPayload) (hookstage.HookResult[hookstage.RawAuctionRequestPayload], error) {
	<-m.end
	return m.Module.HandleRawAuctionHook(ctx, i, p)
}

// Shutdown leaves the module to the stand's first server.
func (stuck) Shutdown() error { return nil }

// Where a late hook of an earlier stage takes what the processed stage found out with it, raw UIDs are withheld, or each bidder's
// stage decrypts for itself.
func TestLateRawStage(t *testing.T) {
	for alone, want := range map[bool]string{true: "Success", false: "Withheld"} {
		if !keepsTheFirstContext {
			want = "Success"
		}
		s := newStand(t, setup{config: map[string]any{"bidder_stage_alone": alone}})
		end := make(chan struct{})
		t.Cleanup(func() { close(end) })
		s.others = map[string]any{module.Code: stuck{s.module, end}}
		s.startPBS(planned(map[string]int{
			"raw_auction_request": 1, "processed_auction_request": 5000, "bidder_request": 5000, "auction_response": 5000}))
		s.auction(s.request(s.token(alice), nil))
		if got := s.annotated("thetradedesk"); got.Status != want || (got.Raw == s.raw(alice)) != (want == "Success") {
			t.Errorf("bidder_stage_alone %t: %+v", alone, got)
		}
	}
}
