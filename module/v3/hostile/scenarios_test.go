package hostile_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/hostile"
	prebid "github.com/uid2rtb/uid2rtb/module/v3"
)

// Stages of Prebid Server.
const (
	rawAuction      = "raw_auction_request"
	processed       = "processed_auction_request"
	bidderRequest   = "bidder_request"
	allProcessed    = "all_processed_bid_responses"
	auctionResponse = "auction_response"
	exitpoint       = "exitpoint"
)

var allStages = []string{rawAuction, processed, bidderRequest, allProcessed, auctionResponse, exitpoint}

// stagesOf are the stages for which a module has hooks.
func stagesOf(module any) (stages []string) {
	if late, ok := module.(lateModule); ok {
		module = late.Module // has hooks for no others
	}
	add := func(stage string, has bool) {
		if has {
			stages = append(stages, stage)
		}
	}
	add(rawAuction, is[hookstage.RawAuctionRequest](module))
	add(processed, is[hookstage.ProcessedAuctionRequest](module))
	add(bidderRequest, is[hookstage.BidderRequest](module))
	add(allProcessed, is[hookstage.AllProcessedBidResponses](module))
	add(auctionResponse, is[hookstage.AuctionResponse](module))
	add(exitpoint, is[hookstage.Exitpoint](module))
	return stages
}

func is[T any](module any) bool {
	_, ok := module.(T)
	return ok
}

// scenario is a host's configuration and plan with the behaviour of its bidders, and what the
// documentation promises of them: no raw UID anywhere but in requests of permitted bidders, and no
// forgery in any request. Where that doesn't hold, the exception is written beside the scenario.
type scenario struct {
	name   string
	weight int // share of the auctions; 0 means 1

	config  map[string]any // over the module's defaults
	listed  []hostile.Listing
	insists bool // allow_caller_host
	modes   bool // replace and drop_opted_out for the first two

	missing  []string            // stages that aren't planned
	at       string              // the endpoint at which they aren't; "" for all
	late     map[string]lateness // by stage
	timeout  int                 // ms, of all groups; 0: long
	twice    bool                // planned twice
	identity bool                // another module adds tokens later

	always            string // a trick of each auction
	level             hostile.Level
	debugIn10         int
	noForgeriesStored bool

	rawInDebug bool // raw UIDs are given in debug auctions too
	wider      bool // accounts may widen the list
	givesNone  bool // no bidder gets any
	mayRefuse  bool // the module may refuse to start, and had better
	mayForge   bool // forgeries may reach bidders
}

var usual = []hostile.Listing{{Name: "thetradedesk"}, {Name: "pubmatic"}, {Name: "hostdsp"}}

// pair lists a request's alias with its adapter.
var pair = []hostile.Listing{{Name: "ourdsp", AliasOf: "appnexus"}, {Name: "pubmatic"}}

// scenarios are those that a module with these stages can be in.
func scenarios(stages []string) []scenario {
	redact := map[string]any{"redact_bids": true}
	trusting := map[string]any{"raw_in_debug": true, "redact_bids": true}
	all := []scenario{
		// By default raw UIDs aren't sent in auctions with debug output, and the ext of a response,
		// with its errors and warnings, is searched; bids are not.
		{name: "default", weight: 4, level: hostile.InErrors, debugIn10: 6},
		{name: "default, always debug", weight: 2, level: hostile.InErrors, debugIn10: 10},
		{name: "default, modes", level: hostile.InErrors, debugIn10: 5, modes: true},
		{name: "pair", weight: 4, listed: pair, level: hostile.InErrors, debugIn10: 5},
		{name: "pair, second prebid", weight: 2, listed: pair, always: "alias: second prebid", level: hostile.InErrors, debugIn10: 1},
		{name: "nobody listed", listed: []hostile.Listing{}, level: hostile.Everywhere, debugIn10: 5, givesNone: true},

		// With redact_bids bids are searched too, before the cache and in the response.
		{name: "redact_bids", weight: 4, config: redact, level: hostile.Everywhere, debugIn10: 5},
		{name: "redact_bids, modes", weight: 2, config: redact, level: hostile.Everywhere, debugIn10: 5, modes: true},
		{name: "redact_bids, pair", weight: 2, config: redact, listed: pair, level: hostile.Everywhere, debugIn10: 5},
		{name: "redact_bids, planned twice", config: redact, level: hostile.Everywhere, debugIn10: 5, twice: true},
		{name: "redact_bids, early", config: redact, level: hostile.Everywhere, debugIn10: 5, identity: true},

		// With raw_in_debug the search of the response is all there is.
		{name: "raw_in_debug", weight: 4, config: map[string]any{"raw_in_debug": true}, level: hostile.InErrors, debugIn10: 9, rawInDebug: true},
		{name: "raw_in_debug, redact_bids", weight: 4, config: trusting, level: hostile.Everywhere, debugIn10: 9, rawInDebug: true},
		{name: "raw_in_debug, redact_bids, pair", weight: 2, config: trusting, listed: pair, modes: true, level: hostile.Everywhere, debugIn10: 9, rawInDebug: true},
		{name: "raw_in_debug, early", config: trusting, level: hostile.Everywhere, debugIn10: 9, rawInDebug: true, identity: true},

		{name: "accounts_may_widen", config: map[string]any{"accounts_may_widen": true, "redact_bids": true}, level: hostile.Everywhere, debugIn10: 4, wider: true},
	}
	for _, name := range hostile.CallerHosts() {
		listed := []hostile.Listing{{Name: name}}
		all = append(all, scenario{name: "lists " + name, listed: listed, debugIn10: 3, givesNone: true, mayRefuse: true})
	}
	all = append(all, scenario{name: "allow_caller_host", listed: []hostile.Listing{{Name: "between"}}, insists: true, debugIn10: 3, mayRefuse: true})
	for _, endpoint := range []string{"/openrtb2/auction", "/openrtb2/amp"} {
		all = append(all, scenario{name: "auction_response missing at " + endpoint + ", raw_in_debug", config: trusting, rawInDebug: true,
			missing: []string{auctionResponse}, at: endpoint, debugIn10: 8})
	}
	for _, stage := range stages {
		all = append(all, without(stage, stages)...)
	}
	all = append(all, lateAtAll(stages)...)
	for i := range all {
		all[i].weight = max(all[i].weight, 1)
		if all[i].listed == nil {
			all[i].listed = usual
		}
	}
	return all
}

// without are the scenarios in which a stage isn't planned or its hook is late. Bidders repeat
// nothing in them.
func without(stage string, stages []string) (all []scenario) {
	trusting := map[string]any{"raw_in_debug": true, "redact_bids": true}
	ways := map[string]scenario{
		"missing":     {missing: []string{stage}},
		"starts late": {late: map[string]lateness{stage: startsLate}},
	}
	if !raceDetector { // it would report what a hook reads that isn't done in time
		ways["answers late"] = scenario{late: map[string]lateness{stage: answersLate}}
	}
	for how, s := range ways {
		s.debugIn10 = 7
		// Without the bidder stage only the raw stage removes forgeries, and that sees no stored
		// request.
		if stage == bidderRequest {
			s.givesNone, s.noForgeriesStored, s.mayForge = true, true, !slices.Contains(stages, rawAuction)
		}
		s.name = stage + " " + how
		all = append(all, s)

		s.name += ", raw_in_debug"
		s.config, s.rawInDebug = trusting, true
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b scenario) int { return len(a.name) - len(b.name) })
	return all
}

// lateAtAll are the scenarios in which no stage can be relied on.
func lateAtAll(stages []string) (all []scenario) {
	late := map[string]lateness{"everything starts late": startsLate}
	if !raceDetector {
		late["everything answers late"] = answersLate
		all = append(all, scenario{name: "1 ms", timeout: 1})
	}
	for name, how := range late {
		s := scenario{name: name, late: map[string]lateness{}}
		for _, stage := range stages {
			s.late[stage] = how
		}
		all = append(all, s)
	}
	for i := range all {
		all[i].debugIn10, all[i].givesNone, all[i].mayForge = 7, true, true
	}
	return all
}

// excuses reports whether the documentation promises nothing about this way out.
func (s scenario) excuses(way string) bool { return s.mayForge && strings.Contains(way, "forgery") }

// modules are the module as this scenario has it, and others.
func (s scenario) modules(m *prebid.Module, p *people) map[string]any {
	modules := map[string]any{prebid.Code: m}
	if s.identity {
		modules[otherCode] = identityModule{p.users[0].Tokens[0]}
	}
	if len(s.late) > 0 {
		modules[prebid.Code] = lateModule{m, s.late}
	}
	return modules
}

// Codes of other modules.
const (
	otherCode = "zz.identity" // planned after ours, as the codes are in order
	leakyCode = "zz.leaky"
)

// plan is the host's execution plan as JSON, with each hook in a group of its own.
func (s scenario) plan(modules map[string]any) json.RawMessage {
	endpoints := map[string]any{}
	for _, endpoint := range []string{"/openrtb2/auction", "/openrtb2/amp"} {
		endpoints[endpoint] = map[string]any{"stages": s.stages(endpoint, modules)}
	}
	text, err := json.Marshal(map[string]any{"endpoints": endpoints})
	if err != nil {
		panic(err)
	}
	return text
}

// stages is the plan for an endpoint.
func (s scenario) stages(endpoint string, modules map[string]any) map[string]any {
	stages := map[string]any{}
	for _, stage := range allStages {
		var groups []any
		for _, code := range slices.Sorted(maps.Keys(modules)) {
			if code == prebid.Code && s.misses(stage, endpoint) || !slices.Contains(stagesOf(modules[code]), stage) {
				continue
			}
			groups = append(groups, s.group(stage, code, strings.ReplaceAll(code, ".", "-")))
			if code == prebid.Code && s.twice {
				groups = append(groups, s.group(stage, code, "again"))
			}
		}
		if len(groups) > 0 {
			stages[stage] = map[string]any{"groups": groups}
		}
	}
	return stages
}

// misses reports whether a stage isn't planned for the module.
func (s scenario) misses(stage, endpoint string) bool {
	return slices.Contains(s.missing, stage) && (s.at == "" || s.at == endpoint)
}

// lateTimeout in milliseconds is the time of hooks that are late. It is enough for their work.
const lateTimeout = 5

func (s scenario) group(stage, code, name string) any {
	timeout := 5000
	switch {
	case s.timeout > 0:
		timeout = s.timeout
	case s.late[stage] != inTime:
		timeout = lateTimeout
	}
	return map[string]any{"timeout": timeout, "hook_sequence": []any{map[string]string{"module_code": code, "hook_impl_code": name}}}
}

func (s scenario) String() string { return fmt.Sprintf("scenario %q", s.name) }
