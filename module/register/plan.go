package main

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	moduleCode = "uid2.decrypt"

	// shortestTimeout of a group of hooks, in milliseconds, that isn't lost to scheduling on a
	// loaded machine.
	shortestTimeout = 10
)

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

// settings is a part of a configuration; its keys are in lower case, since Prebid Server ignores
// their case.
type settings map[string]any

// checkConfig looks for what the host's configuration lacks.
func checkConfig(c *console, file string, missing *findings) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var all any
	if err := yaml.Unmarshal(text, &all); err != nil { // JSON is YAML, too
		return fmt.Errorf("%s: %w", file, err)
	}
	root, ok := lower(all).(settings)
	if !ok {
		return fmt.Errorf("%s: it holds no configuration", file)
	}
	hooks := root.at("hooks")
	if hooks["enabled"] != true {
		missing.add("hooks.enabled: true; without it Prebid Server runs no hooks")
	}
	module := hooks.at("modules", "uid2", "decrypt")
	if module["enabled"] != true {
		missing.add("hooks.modules.uid2.decrypt.enabled: true; without it Prebid Server doesn't start the module, and a text such as \"true\" doesn't count")
	}
	checkPlans(c, hooks, module["redact_bids"] == true, missing)
	return nil
}

// checkPlans looks at the host's plan and the accounts' default one, which Prebid Server runs one
// after the other.
func checkPlans(c *console, hooks settings, redactBids bool, missing *findings) {
	wanted := stages
	if redactBids {
		wanted = append(wanted[:len(wanted):len(wanted)], redactBidsStage)
	}
	host, account := hooks.at("host_execution_plan", "endpoints"), hooks.at("default_account_execution_plan", "endpoints")
	for _, endpoint := range endpoints {
		before := len(*missing)
		for _, s := range wanted {
			place := endpoint + ", stage " + s.name
			inHost, inAccount := timeouts(host, endpoint, s.name), timeouts(account, endpoint, s.name)
			switch n := len(inHost) + len(inAccount); {
			case n == 0:
				missing.add("%s: %s isn't planned: %s", place, moduleCode, s.without)
			case n > 1:
				missing.add("%s: %s is planned %d times, host and accounts' default plan together; once is right", place, moduleCode, n)
			case len(inAccount) == 1:
				c.say("note       %s: an account with a plan of its own doesn't have it", place)
			}
			for _, timeout := range append(inHost, inAccount...) {
				if timeout < shortestTimeout {
					missing.add("%s: a timeout of %v ms is too short under load; use %d or more", place, timeout, 2*shortestTimeout)
				}
			}
		}
		if len(*missing) == before {
			c.say("plan       %s has every stage", endpoint)
		}
	}
}

// timeouts are those of a plan's groups that have the module, once for each time that they have it.
func timeouts(plan settings, endpoint, stage string) (all []float64) {
	groups, _ := plan.at(endpoint, "stages", stage)["groups"].([]any)
	for _, g := range groups {
		group, _ := g.(settings)
		hooks, _ := group["hook_sequence"].([]any)
		for _, h := range hooks {
			if hook, _ := h.(settings); hook["module_code"] == moduleCode {
				all = append(all, number(group["timeout"]))
			}
		}
	}
	return all
}

// at goes down by keys. It returns nothing if there is nothing.
func (s settings) at(keys ...string) settings {
	for _, key := range keys {
		s, _ = s[key].(settings)
	}
	return s
}

// lower makes the keys of all mappings lower case.
func lower(value any) any {
	switch value := value.(type) {
	case map[string]any:
		s := settings{}
		for key, inner := range value {
			s[strings.ToLower(key)] = lower(inner)
		}
		return s
	case []any:
		for i, inner := range value {
			value[i] = lower(inner)
		}
	}
	return value
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
