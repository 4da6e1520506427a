// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

//go:build go1.25

package module_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"
	"github.com/prebid/prebid-server/v4/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/codec"
	module "github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestBidderStageAlone(t *testing.T) {
	alone := pbstest.Config{Stages: []string{"bidder_request"}}
	s := newStand(t, setup{pbs: alone})
	s.auction(s.request(s.token(alice), nil))
	for _, bidder := range []string{"thetradedesk", "pubmatic"} {
		if got := s.annotated(bidder); got.Status != "Success" || got.Raw != s.raw(alice) {
			t.Errorf("%s: %+v", bidder, got)
		}
	}
	s.mustNotSee("openx", s.raw(alice))

	s = newStand(t, setup{pbs: alone, config: map[string]any{"bidder_stage_alone": false}})
	s.auction(s.request(s.token(alice), nil))
	if got := s.annotated("thetradedesk"); got.Status != "Withheld" || got.Raw != "" {
		t.Errorf("bidder_stage_alone false: %+v", got)
	}
}

// Hooks that are always too late must not stop the auction, and give nothing away.
func TestTimeoutsWithhold(t *testing.T) {
	late := lateModule{played: make(chan struct{})}
	s := newStand(t, setup{pbs: pbstest.Config{GroupTimeoutMs: 1}, prepare: func(s *stand) {
		late.of = s
		s.others = map[string]any{module.Code: late}
	}})
	s.auction(s.request(s.token(alice), nil))
	close(late.played)
	s.mustNotSee("thetradedesk", s.raw(alice))
}

// lateModule is the module of a stand, whose hooks begin when the auction has been played: during it,
// adapters write what late hooks read.
type lateModule struct {
	of     *stand
	played chan struct{}
}

func (m lateModule) HandleProcessedAuctionHook(ctx context.Context, i hookstage.ModuleInvocationContext, p hookstage.ProcessedAuctionRequestPayload) (hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], error) {
	<-m.played
	return m.of.module.HandleProcessedAuctionHook(ctx, i, p)
}

func (m lateModule) HandleBidderRequestHook(ctx context.Context, i hookstage.ModuleInvocationContext, p hookstage.BidderRequestPayload) (hookstage.HookResult[hookstage.BidderRequestPayload], error) {
	<-m.played
	return m.of.module.HandleBidderRequestHook(ctx, i, p)
}

func (m lateModule) Shutdown() error { return m.of.module.Shutdown() }

// Some hosts plan a module twice, in the host's and in the default account's plan.
func TestPlannedTwice(t *testing.T) {
	s := newStand(t, setup{
		config: map[string]any{"bidders": []any{map[string]any{"name": "thetradedesk", "mode": "replace"}, map[string]any{"name": "pubmatic"}}},
		pbs:    plannedTwice(),
	})
	s.auction(s.request(s.token(alice), nil))
	if all := uids(t, s.sent("thetradedesk")); len(all) != 1 || all[0].ID != s.raw(alice) {
		t.Errorf("replace: %s", s.sent("thetradedesk"))
	}
	if got := s.annotated("pubmatic"); got.Raw != s.raw(alice) {
		t.Errorf("annotate: %+v", got)
	}
}

// Eids that only one bidder has come after the processed stage, in either place of the user.
func TestFirstPartyEIDsOfOneBidder(t *testing.T) {
	s := newStand(t, setup{})
	bob := s.uid2.RawUID(uid2test.TokenSpec{Email: "bob@example.com"}).Reveal()
	own := eids(s.token("bob@example.com"))
	config := func(user map[string]any) map[string]any {
		return map[string]any{"ext": map[string]any{"prebid": map[string]any{"bidderconfig": []any{map[string]any{
			"bidders": []any{"thetradedesk", "pubmatic", "openx"}, "config": map[string]any{"ortb2": map[string]any{"user": user}}}}}}}
	}
	s.auction(s.request(s.token(alice), config(map[string]any{"eids": own})))
	for _, bidder := range []string{"thetradedesk", "pubmatic"} {
		if got := s.annotated(bidder); got.Raw != bob {
			t.Errorf("user.eids, %s: %s", bidder, s.sent(bidder))
		}
	}
	s.mustNotSee("openx", bob, s.raw(alice))

	s.auction(s.request(s.token(alice), config(map[string]any{"ext": map[string]any{"eids": own}})))
	all := uids(t, s.sent("pubmatic"))
	if len(all) != 2 || all[0].UID2 == nil || all[0].UID2.Raw != s.raw(alice) || all[1].UID2 == nil || all[1].UID2.Raw != bob {
		t.Errorf("user.ext.eids beside user.eids: %s", s.sent("pubmatic"))
	}
	s.mustNotSee("openx", bob, s.raw(alice))
}

// TestRaceAuctions is for the race detector: many auctions at once, several bidders each, while keys change.
func TestRaceAuctions(t *testing.T) {
	s := newStand(t, setup{config: nil})
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := range 40 {
				var version = codec.Version(2 + (caller+i)%3)
				token := s.uid2.Token(uid2test.TokenSpec{Version: version, Email: alice})
				s.auction(s.request(token, nil))
			}
		})
	}
	for range 20 {
		s.optOuts.Add(s.uid2.RawUID(uid2test.TokenSpec{Email: "gone@example.com"}), 1700000000000)
	}
	wg.Wait()
	for _, sent := range s.dsp.Requests("thetradedesk") {
		if !bytes.Contains(sent, []byte(s.raw(alice))) {
			t.Fatal("a request went out without its raw UID")
		}
	}
}

// A bidder's user without any identifier may have been scrubbed for the hook, and gets a mutation that looks again, unless the
// processed stage proves that a hook of this code is shown everything.
func TestUserWithoutIdentifiers(t *testing.T) {
	s := newStand(t, setup{})
	ctx := context.Background()
	for _, c := range []struct {
		user      *openrtb2.User
		hook      string
		mutations int
	}{
		{&openrtb2.User{ID: "u"}, "uid2-decrypt", 0},
		{&openrtb2.User{ID: "u"}, "another", 1},
		{&openrtb2.User{ID: "u"}, "", 1},
		{&openrtb2.User{}, "uid2-decrypt", 1},
	} {
		processed := hookstage.ProcessedAuctionRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &openrtb2.BidRequest{User: c.user}}}
		first, err := s.module.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{HookImplCode: "uid2-decrypt"}, processed)
		if err != nil {
			t.Fatal(err)
		}
		payload := hookstage.BidderRequestPayload{Request: &openrtb_ext.RequestWrapper{BidRequest: &openrtb2.BidRequest{User: &openrtb2.User{}}}, Bidder: "appnexus"}
		result, err := s.module.HandleBidderRequestHook(ctx, hookstage.ModuleInvocationContext{HookImplCode: c.hook, ModuleContext: first.ModuleContext}, payload)
		if got := len(result.ChangeSet.Mutations()); err != nil || got != c.mutations {
			t.Errorf("%+v: %d mutations, %v", c, got, err)
		}
	}
}
