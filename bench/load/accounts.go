package main

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
)

// accounts serves the accounts of publishers as Prebid Server fetches them by HTTP. It reads accounts in
// files only when it starts, so those can't change.
type accounts struct{ form atomic.Int64 }

// Names of accounts.
const (
	steady   = "steady"
	changing = "changing"
)

// forms are what the changing account is, one after the other.
var forms = []string{
	`{"id":"changing"}`,
	`{"id":"changing","hooks":{"modules":{"uid2":{"decrypt":{"enabled":false}}}}}`,
	`{"id":"changing","hooks":{"modules":{"uid2":{"decrypt":{"bidders":[{"name":"thetradedesk","mode":"replace"}]}}}}}`,
	`{"id":"changing","hooks":{"modules":{"uid2":{"decrypt":{"bidders":[]}}}}}`,
	`{"id":"changing","hooks":{"modules":{"uid2":{"decrypt":{"bidders":[{"name":"appnexus"},{"name":"pubmatic"}]}}}}}`,
	`{"id":"changing","debug_allow":false,"hooks":{"modules":{"uid2":{"decrypt":{"bidders":[{"name":"thetradedesk","mode":"drop_opted_out"}]}}}}}`,
}

// change makes another account of the changing one.
func (a *accounts) change() { a.form.Add(1) }

func (a *accounts) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	form := forms[int(a.form.Load())%len(forms)]
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"accounts": map[string]json.RawMessage{
		steady: json.RawMessage(`{"id":"steady"}`), changing: json.RawMessage(form)}})
}
