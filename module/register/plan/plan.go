// Package plan says what a Prebid Server's configuration lacks for the module uid2.decrypt: whether
// hooks and module are switched on, and whether the execution plan has the module where it has
// something to do.
package plan

import "fmt"

// ModuleCode is the name that Prebid Server has for the module.
const ModuleCode = "uid2.decrypt"

// shortestTimeout of a group of hooks, in milliseconds, that isn't lost to scheduling on a loaded
// machine.
const shortestTimeout = 10

// stage is one at which the module has something to do.
type stage struct{ name, without string }

// stages belong in the plan of each endpoint.
var stages = []stage{
	{"processed_auction_request", "each bidder's stage decrypts for itself, and nothing is redacted"},
	{"bidder_request", "nobody gets an annotation, and forged ones reach bidders"},
	{"auction_response", "raw UIDs that bidders send back go to the caller"},
}

// redactBidsStage belongs there as well with redact_bids.
var redactBidsStage = stage{"all_processed_bid_responses", "Prebid Cache gets bids as the bidders sent them, in spite of redact_bids"}

var endpoints = []string{"/openrtb2/auction", "/openrtb2/amp"}

// Kind is what a [Problem] is about.
type Kind string

// The kinds of problems.
const (
	Hooks    Kind = "hooks"    // Prebid Server runs none
	Module   Kind = "module"   // it is switched off
	Stages   Kind = "plan"     // a stage is missing, or planned more than once
	Timeouts Kind = "timeouts" // a group has too little time
)

// Problem is something that the configuration lacks.
type Problem struct {
	Kind   Kind
	Place  string // a setting, or an endpoint and a stage
	Text   string // what is wrong there, and what comes of it
	Remedy string
}

// String has all of it in one line.
func (p Problem) String() string { return p.Place + ": " + p.Text + "; " + p.Remedy }

// Result is what [Check] found.
type Result struct {
	Problems []Problem
	Notes    []string // what is right, and worth knowing
	Complete []string // endpoints whose plan has every stage
}

func (r *Result) add(kind Kind, place, text, remedy string) {
	r.Problems = append(r.Problems, Problem{kind, place, text, remedy})
}

// Check looks for what a host's configuration lacks.
func Check(root Settings) Result {
	var r Result
	hooks := root.At("hooks")
	if hooks["enabled"] != true {
		r.add(Hooks, "hooks.enabled", "it isn't true, and Prebid Server runs no hooks", "write enabled: true")
	}
	module := Section(root)
	if module["enabled"] != true {
		r.add(Module, "hooks.modules.uid2.decrypt.enabled", `it isn't true, and Prebid Server doesn't start the module; a text such as "true" doesn't count`, "write enabled: true in the file")
	}
	r.checkPlans(hooks, fmt.Sprint(module["redact_bids"]) == "true")
	return r
}

// Section returns the module's own section.
func Section(root Settings) Settings { return root.At("hooks", "modules", "uid2", "decrypt") }

// checkPlans looks at the host's plan and the accounts' default one, which Prebid Server runs one
// after the other.
func (r *Result) checkPlans(hooks Settings, redactBids bool) {
	wanted := stages
	if redactBids {
		wanted = append(wanted[:len(wanted):len(wanted)], redactBidsStage)
	}
	host, account := hooks.At("host_execution_plan", "endpoints"), hooks.At("default_account_execution_plan", "endpoints")
	for _, endpoint := range endpoints {
		before := len(r.Problems)
		for _, s := range wanted {
			r.checkStage(s, endpoint+", stage "+s.name, timeouts(host, endpoint, s.name), timeouts(account, endpoint, s.name))
		}
		if len(r.Problems) == before {
			r.Complete = append(r.Complete, endpoint)
		}
	}
}

// checkStage looks at the timeouts of the groups that have the module at a stage, in the host's
// plan and in the accounts'.
func (r *Result) checkStage(s stage, place string, inHost, inAccount []float64) {
	switch n := len(inHost) + len(inAccount); {
	case n == 0:
		r.add(Stages, place, ModuleCode+" isn't planned: "+s.without, "add a group with the module to this stage")
	case n > 1:
		r.add(Stages, place, fmt.Sprintf("%s is planned %d times, host and accounts' default plan together", ModuleCode, n), "plan it once")
	case len(inAccount) == 1:
		r.Notes = append(r.Notes, place+": an account with a plan of its own doesn't have it")
	}
	for _, timeout := range append(inHost, inAccount...) {
		if timeout < shortestTimeout {
			r.add(Timeouts, place, fmt.Sprintf("a timeout of %v ms is too short under load", timeout), fmt.Sprintf("use %d or more", 2*shortestTimeout))
		}
	}
}

// timeouts are those of a plan's groups that have the module, once for each time that they have it.
func timeouts(plan Settings, endpoint, stage string) (all []float64) {
	groups, _ := plan.At(endpoint, "stages", stage)["groups"].([]any)
	for _, g := range groups {
		group, _ := g.(Settings)
		hooks, _ := group["hook_sequence"].([]any)
		for _, h := range hooks {
			if hook, _ := h.(Settings); hook["module_code"] == ModuleCode {
				all = append(all, number(group["timeout"]))
			}
		}
	}
	return all
}

func number(value any) float64 {
	switch value := value.(type) {
	case int:
		return float64(value)
	case float64:
		return value
	}
	return 0
}
