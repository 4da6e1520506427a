package record

import (
	"context"
	"encoding/json"
	"time"

	"github.com/prebid/prebid-server/v3/hooks"
	"github.com/prebid/prebid-server/v3/hooks/hookanalytics"
	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/v3"
)

// Module is the module uid2.decrypt with a stopwatch: its hooks do what they do, and what they
// took is recorded. It is registered in the place of the module.
type Module struct {
	*module.Module
	recorder *Recorder
}

var (
	_ hookstage.Entrypoint              = (*Module)(nil)
	_ hookstage.ProcessedAuctionRequest = (*Module)(nil)
	_ hookstage.BidderRequest           = (*Module)(nil)
	_ hookstage.AuctionResponse         = (*Module)(nil)
)

// Module returns the module with a stopwatch.
func (r *Recorder) Module(decrypt *module.Module) *Module { return &Module{decrypt, r} }

// Stages are those at which the recorded module has to be planned: those of the module that the
// demo runs, and the entrypoint, where it learns which auction it is in.
func Stages() []string {
	return []string{
		string(hooks.StageEntrypoint), string(hooks.StageProcessedAuctionRequest),
		string(hooks.StageBidderRequest), string(hooks.StageAuctionResponse),
	}
}

// recordingKey is where the later stages find the recording in the module context, beside what the
// module itself keeps there.
const recordingKey = "recording"

func recordingOf(invocation hookstage.ModuleInvocationContext) *recording {
	rec, _ := invocation.ModuleContext[recordingKey].(*recording)
	return rec
}

// HandleEntrypointHook hands the recording on to the later stages.
func (m *Module) HandleEntrypointHook(_ context.Context, _ hookstage.ModuleInvocationContext, payload hookstage.EntrypointPayload) (result hookstage.HookResult[hookstage.EntrypointPayload], _ error) {
	if rec := recordingIn(payload.Request.Context()); rec != nil {
		result.ModuleContext = hookstage.ModuleContext{recordingKey: rec}
	}
	return result, nil
}

// HandleProcessedAuctionHook records the request as the module sees it.
func (m *Module) HandleProcessedAuctionHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload hookstage.ProcessedAuctionRequestPayload) (hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], error) {
	rec := recordingOf(invocation)
	if rec == nil || payload.Request == nil || payload.Request.BidRequest == nil {
		return m.Module.HandleProcessedAuctionHook(ctx, invocation, payload)
	}
	m.recorder.load(payload.Request, rec)
	resolved := jsonOf(payload.Request.BidRequest)
	watch := stopwatch{rec, string(hooks.StageProcessedAuctionRequest), ""}
	result, err := timed(watch, func() (hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], error) {
		return m.Module.HandleProcessedAuctionHook(ctx, invocation, payload)
	}, nil)
	rec.write(func() { rec.resolved, rec.withheld = resolved, withheld(result.AnalyticsTags) })
	return result, err
}

// HandleBidderRequestHook implements [hookstage.BidderRequest].
func (m *Module) HandleBidderRequestHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload hookstage.BidderRequestPayload) (hookstage.HookResult[hookstage.BidderRequestPayload], error) {
	watch := stopwatch{recordingOf(invocation), string(hooks.StageBidderRequest), payload.Bidder}
	return timed(watch, func() (hookstage.HookResult[hookstage.BidderRequestPayload], error) {
		return m.Module.HandleBidderRequestHook(ctx, invocation, payload)
	}, nil)
}

// HandleAuctionResponseHook records the response before and after its redaction.
func (m *Module) HandleAuctionResponseHook(ctx context.Context, invocation hookstage.ModuleInvocationContext, payload hookstage.AuctionResponsePayload) (hookstage.HookResult[hookstage.AuctionResponsePayload], error) {
	rec := recordingOf(invocation)
	if rec != nil {
		before := jsonOf(payload.BidResponse)
		rec.write(func() { rec.before, rec.after = before, before })
	}
	watch := stopwatch{rec, string(hooks.StageAuctionResponse), ""}
	return timed(watch, func() (hookstage.HookResult[hookstage.AuctionResponsePayload], error) {
		return m.Module.HandleAuctionResponseHook(ctx, invocation, payload)
	}, func(payload hookstage.AuctionResponsePayload) {
		after := jsonOf(payload.BidResponse)
		rec.write(func() { rec.after = after })
	})
}

// stopwatch takes the time of one hook. Without a recording it takes none.
type stopwatch struct {
	rec           *recording
	stage, bidder string
}

func (s stopwatch) since(start time.Time) { s.rec.took(s.stage, s.bidder, time.Since(start)) }

// timed calls a hook, and takes the time of it and of the changes that it wants; changed, unless
// nil, is called after each of these.
func timed[P any](watch stopwatch, hook func() (hookstage.HookResult[P], error), changed func(P)) (hookstage.HookResult[P], error) {
	if watch.rec == nil {
		return hook()
	}
	start := time.Now()
	result, err := hook()
	watch.since(start)
	var changes hookstage.ChangeSet[P]
	for _, mutation := range result.ChangeSet.Mutations() {
		changes.AddMutation(func(payload P) (P, error) {
			start := time.Now()
			payload, err := mutation.Apply(payload)
			watch.since(start)
			if changed != nil {
				changed(payload)
			}
			return payload, err
		}, mutation.Type(), mutation.Key()...)
	}
	result.ChangeSet = changes
	return result, err
}

// withheld returns the reason of the gate that the module says it found closed.
func withheld(tags hookanalytics.Analytics) string {
	for _, activity := range tags.Activities {
		for _, result := range activity.Results {
			if reason, ok := result.Values["withheld"].(string); ok {
				return reason
			}
		}
	}
	return ""
}

// jsonOf returns a part of an auction as Prebid Server writes it; nothing of one that has no JSON.
func jsonOf(v any) (t text) {
	encoder := json.NewEncoder(&t)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return t
}
