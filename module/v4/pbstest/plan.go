// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prebid/prebid-server/v4/config"
	"github.com/prebid/prebid-server/v4/hooks"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"
)

// defaultStages are those of a module that resolves, writes and redacts.
var defaultStages = []hooks.Stage{hooks.StageProcessedAuctionRequest, hooks.StageBidderRequest, hooks.StageAuctionResponse}

// defaultGroupTimeoutMs is long, as a hook that is late loses its mutation without an error.
const defaultGroupTimeoutMs = 5000

// endpoints are those at which Prebid Server runs hooks.
var endpoints = []string{"/openrtb2/auction", "/openrtb2/amp"}

// stagesOf lists the stages for which a module has hooks.
func stagesOf(module any) (stages []hooks.Stage) {
	add := func(stage hooks.Stage, has bool) {
		if has {
			stages = append(stages, stage)
		}
	}
	add(hooks.StageEntrypoint, is[hookstage.Entrypoint](module))
	add(hooks.StageRawAuctionRequest, is[hookstage.RawAuctionRequest](module))
	add(hooks.StageProcessedAuctionRequest, is[hookstage.ProcessedAuctionRequest](module))
	add(hooks.StageBidderRequest, is[hookstage.BidderRequest](module))
	add(hooks.StageRawBidderResponse, is[hookstage.RawBidderResponse](module))
	add(hooks.StageAllProcessedBidResponses, is[hookstage.AllProcessedBidResponses](module))
	add(hooks.StageAuctionResponse, is[hookstage.AuctionResponse](module))
	add(hooks.StageExitpoint, is[hookstage.Exitpoint](module))
	return stages
}

func is[T any](module any) bool {
	_, ok := module.(T)
	return ok
}

// moduleStageNames is what the metrics engine wants to know of the modules: it panics at the first hook of a module
// or stage that is missing here.
func moduleStageNames(modules map[string]any) map[string][]string {
	replacer := strings.NewReplacer(".", "_", "-", "_")
	names := make(map[string][]string, len(modules))
	for code, module := range modules {
		for _, stage := range stagesOf(module) {
			key := replacer.Replace(code)
			names[key] = append(names[key], stage.String())
		}
	}
	return names
}

// hostPlan makes the host execution plan of cfg.
func hostPlan(cfg Config) (plan config.HookExecutionPlan, err error) {
	text := []byte(cfg.Plan)
	if len(text) == 0 {
		if text, err = planJSON(cfg); err != nil {
			return plan, err
		}
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return plan, fmt.Errorf("execution plan: %w", err)
	}
	return plan, nil
}

// planJSON writes a plan with one group per module and stage, so that modules run one after another, in the order of
// their codes. The hook_impl_code, which is the module's name for activity controls, is the code with - for dots.
func planJSON(cfg Config) ([]byte, error) {
	wanted, err := wantedStages(cfg)
	if err != nil {
		return nil, err
	}
	timeout := cfg.GroupTimeoutMs
	switch {
	case timeout == 0:
		timeout = defaultGroupTimeoutMs
	case timeout < 0:
		timeout = 0
	}
	stages := map[hooks.Stage]any{}
	for _, stage := range wanted {
		var groups []any
		for _, code := range slices.Sorted(maps.Keys(cfg.Modules)) {
			if !slices.Contains(stagesOf(cfg.Modules[code]), stage) {
				continue
			}
			hook := map[string]string{"module_code": code, "hook_impl_code": strings.ReplaceAll(code, ".", "-")}
			groups = append(groups, map[string]any{"timeout": timeout, "hook_sequence": []any{hook}})
		}
		stages[stage] = map[string]any{"groups": groups}
	}
	plan := map[string]any{}
	for _, endpoint := range endpoints {
		plan[endpoint] = map[string]any{"stages": stages}
	}
	return json.Marshal(map[string]any{"endpoints": plan})
}

// wantedStages are the stages of cfg, or the default ones as far as some module has a hook for them.
func wantedStages(cfg Config) (wanted []hooks.Stage, err error) {
	has := map[hooks.Stage]bool{}
	for _, module := range cfg.Modules {
		for _, stage := range stagesOf(module) {
			has[stage] = true
		}
	}
	if cfg.Stages == nil {
		return slices.DeleteFunc(slices.Clone(defaultStages), func(s hooks.Stage) bool { return !has[s] }), nil
	}
	for _, name := range cfg.Stages {
		if !has[hooks.Stage(name)] {
			return nil, fmt.Errorf("no module has a hook for stage %q", name)
		}
		wanted = append(wanted, hooks.Stage(name))
	}
	return wanted, nil
}
