package hostile

import "encoding/json"

// account is a publisher's account with its own section for the module.
type account struct {
	id, text string
	permits  []string // listed names that may have raw UIDs; nil: all
}

const module = `"hooks":{"modules":{"uid2":{"decrypt":`

var accounts = []account{
	{id: "plain", text: `{"id":"plain"}`},
	{id: "narrow", text: `{"id":"narrow",` + module + `{"bidders":[{"name":"PubMatic"}]}}}}}`, permits: []string{"pubmatic"}},
	{id: "none", text: `{"id":"none",` + module + `{"bidders":[]}}}}}`, permits: []string{}},
	{id: "disabled", text: `{"id":"disabled",` + module + `{"enabled":false}}}}}`, permits: []string{}},
	{id: "wide", text: `{"id":"wide",` + module + `{"bidders":[{"name":"openx"},{"name":"pubmatic"},{"name":"appnexus"}]}}}}}`, permits: []string{"pubmatic", "openx", "appnexus"}},
	{id: "broken", text: `{"id":"broken",` + module + `{"bidderz":[]}}}}}`, permits: []string{}},
	{id: "typed", text: `{"id":"typed",` + module + `{"bidders":"openx"}}}}}`, permits: []string{}},
	{id: "nodebug", text: `{"id":"nodebug","debug_allow":false}`},
	{id: "denied", text: `{"id":"denied","privacy":{"allowactivities":{"transmitUfpd":{"rules":[{"condition":{"componentName":["uid2-decrypt"],"componentType":["general"]},"allow":false}]}}}}`},
}

// permits are the names to which an account limits raw UIDs, if it does.
func permits(id string) (names []string, limited bool) {
	for _, a := range accounts {
		if a.id == id {
			return a.permits, a.permits != nil
		}
	}
	return nil, false
}

// Accounts are what a server should have as the accounts of publishers: their own sections narrow,
// widen, disable, and can't be read.
func Accounts() map[string]json.RawMessage {
	all := make(map[string]json.RawMessage, len(accounts))
	for _, a := range accounts {
		all[a.id] = json.RawMessage(a.text)
	}
	return all
}

// StoredResponses are what a server should have as stored responses.
func StoredResponses() map[string]json.RawMessage {
	bid := `{"id":"stored","impid":"i0","price":1,"adm":"<div>stored</div>","crid":"c","mtype":1,"w":300,"h":250,"ext":{"appnexus":{"bid_ad_type":0},"prebid":{"type":"banner"}}}`
	return map[string]json.RawMessage{
		"auction": json.RawMessage(`[{"seat":"appnexus","bid":[` + bid + `]}]`),
		"bid":     json.RawMessage(`{"id":"r","cur":"USD","seatbid":[{"bid":[` + bid + `]}]}`),
	}
}
