package main

import (
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/record"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// readAsBidder reads a request for those who watch auctions. What is no request says nothing.
func readAsBidder(body []byte) (read record.Read) {
	var request openrtb2.BidRequest
	if json.Unmarshal(body, &request) != nil {
		return read
	}
	for _, u := range readUIDs(request.User) {
		if u.Status != "" {
			read.Statuses = append(read.Statuses, u.Status)
		}
		if u.HasRaw {
			read.Raws = append(read.Raws, u.raw)
		}
	}
	return read
}

// gates explains the privacy gates of a request.
func gates(body []byte) []inspect.Gate {
	var request openrtb2.BidRequest
	if json.Unmarshal(body, &request) != nil {
		return []inspect.Gate{}
	}
	all := make([]inspect.Gate, 0, len(privacy.Reasons()))
	for _, reason := range privacy.Reasons() {
		_, closed := only(reason).Closed(&request)
		gate := inspect.Gate{Reason: reason.String(), Closed: closed, Why: "nothing in the request closes it"}
		if closed {
			gate.Why = "the request says so"
		}
		all = append(all, gate)
	}
	return all
}

// only returns the module's policy with one gate.
func only(reason privacy.Reason) privacy.Policy {
	policy := privacy.Policy{Scope: privacy.Default().Scope}
	switch reason {
	case privacy.COPPA:
		policy.COPPA = true
	case privacy.LMT:
		policy.LMT = true
	case privacy.USPrivacy:
		policy.USPrivacy = true
	case privacy.GPP:
		policy.GPP = true
	case privacy.GDPR:
		policy.GDPR = true
	}
	return policy
}
