package main

import (
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/record"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/module/v3"
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

// newInspector returns an inspector with what a module knows.
func newInspector(decrypt *module.Module) (*inspect.Inspector, error) {
	config := inspect.Config{Keys: map[codec.Scope]bidstream.KeySource{}, Privacy: privacy.Default()}
	for _, scope := range scopes {
		if keys := decrypt.Keys(scope); keys != nil {
			config.Keys[scope] = keys
		}
	}
	if store := decrypt.OptOuts(); store != nil {
		config.OptOuts = store
	}
	return inspect.New(config)
}

// gates explains the privacy gates of a request.
func (w *world) gates(body []byte) []inspect.Gate {
	if report := w.inspector.Inspect(inspect.Input{Text: string(body)}); report.Request != nil {
		return report.Request.Gates
	}
	return []inspect.Gate{}
}

// difference compares two texts line by line.
func difference(before, after string) []inspect.Line {
	return inspect.Difference([]byte(before), []byte(after))
}
