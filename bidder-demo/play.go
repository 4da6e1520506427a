package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"
)

const (
	endpointAuction = "auction"
	endpointAMP     = "amp"
)

// result is the outcome of one request.
type result struct {
	Name       string             `json:"name"`
	OpenRTB    string             `json:"openrtb,omitempty"`
	Endpoint   string             `json:"endpoint"`
	HTTPStatus int                `json:"http_status"`
	Bidders    []received         `json:"bidders"`
	HooksUs    float64            `json:"hooks_us"`  // time in the module's hooks, in microseconds; of parallel hooks, the longest
	StagesUs   map[string]float64 `json:"stages_us"` // the same, by stage
	AsExpected bool               `json:"as_expected"`
	Problems   []string           `json:"problems,omitempty"`

	description string
}

// play sends one request through Prebid Server, and checks what the bidder received and what was
// answered.
func (w *world) play(ctx context.Context, r request) result {
	result := result{Name: r.sample.Name, OpenRTB: r.sample.OpenRTB, Endpoint: r.sample.Endpoint, description: r.sample.Description}

	a, err := w.send(ctx, r.sample.Name, r.sample.Endpoint, r.body)
	if err != nil {
		result.problem("no answer: %v", err)
		return result
	}
	result.HTTPStatus, result.HooksUs, result.StagesUs = a.status, a.HooksUs(), a.StagesUs()
	for _, name := range bidderNames {
		result.Bidders = append(result.Bidders, w.received(a, name))
	}
	if result.HTTPStatus == http.StatusOK {
		result.readAnswer(a.body)
		w.check(&result, r, a.body, a.Received(unlisted))
	} else {
		result.problem("HTTP status %d: %s", result.HTTPStatus, strings.TrimSpace(string(a.body)))
	}
	result.AsExpected = len(result.Problems) == 0
	return result
}

// received returns what the bidder made of the request that it received under a name.
func (w *world) received(a answered, name string) received {
	var request openrtb2.BidRequest
	if json.Unmarshal(a.Received(name), &request) != nil { // none, or one that is no request
		return received{Bidder: name, Outcome: outcomeNotCalled, UIDs: []uid{}}
	}
	return w.bidder.judge(name, request.User)
}

// of returns what was received under a name.
func (r result) of(name string) received {
	i := slices.IndexFunc(r.Bidders, func(b received) bool { return b.Bidder == name })
	if i < 0 {
		return received{Bidder: name, Outcome: outcomeNotCalled, UIDs: []uid{}}
	}
	return r.Bidders[i]
}

// played has all results.
type played struct {
	results []result
	live    *live // nil with a real operator
}

func (p played) asExpected() bool {
	for _, r := range p.results {
		if !r.AsExpected {
			return false
		}
	}
	return p.live == nil || p.live.AsExpected
}
