package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
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
	w.bidder.forget()
	w.dsp.Reset()
	result := result{Name: r.sample.Name, OpenRTB: r.sample.OpenRTB, Endpoint: r.sample.Endpoint, description: r.sample.Description}

	var body []byte
	var err error
	if r.sample.Endpoint == endpointAMP {
		result.HTTPStatus, body, err = w.pbs.Amp(ctx, url.Values{"tag_id": {r.sample.Name}})
	} else {
		result.HTTPStatus, body, err = w.pbs.Auction(ctx, r.body)
	}
	for _, name := range bidderNames {
		result.Bidders = append(result.Bidders, w.bidder.last(name))
	}
	switch {
	case err != nil:
		result.problem("no answer: %v", err)
	case result.HTTPStatus != http.StatusOK:
		result.problem("HTTP status %d: %s", result.HTTPStatus, strings.TrimSpace(string(body)))
	default:
		result.readAnswer(body)
		w.check(&result, r, body)
	}
	result.AsExpected = len(result.Problems) == 0
	return result
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
