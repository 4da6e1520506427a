// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/prebid/prebid-server/v4/gdpr"
	"github.com/prebid/prebid-server/v4/metrics"
	"github.com/prebid/prebid-server/v4/openrtb_ext"
	"github.com/prebid/prebid-server/v4/stored_requests"
	"github.com/prebid/prebid-server/v4/stored_requests/backends/empty_fetcher"

	"github.com/prebid/go-gdpr/vendorlist"
	jsonpatch "gopkg.in/evanphx/json-patch.v5"
)

// storedRequests serves stored requests and responses from memory; stored impressions there are none.
type storedRequests struct {
	empty_fetcher.EmptyFetcher
	requests, responses map[string]json.RawMessage
	request             func(id string) (json.RawMessage, bool) // for those not in requests; may be nil
}

var _ stored_requests.Fetcher = storedRequests{}

func (s storedRequests) FetchRequests(ctx context.Context, requestIDs, impIDs []string) (map[string]json.RawMessage, map[string]json.RawMessage, []error) {
	_, _, errs := s.EmptyFetcher.FetchRequests(ctx, nil, impIDs)
	found, missing := pick(s.find, requestIDs, "Request")
	return found, nil, append(errs, missing...)
}

func (s storedRequests) FetchResponses(_ context.Context, ids []string) (map[string]json.RawMessage, []error) {
	find := func(id string) (text json.RawMessage, ok bool) { text, ok = s.responses[id]; return }
	return pick(find, ids, "Response")
}

// find returns the request stored under an id.
func (s storedRequests) find(id string) (text json.RawMessage, ok bool) {
	if text, ok = s.requests[id]; !ok && s.request != nil {
		return s.request(id)
	}
	return text, ok
}

// pick returns what is stored under ids, and an error for each that isn't.
func pick(stored func(id string) (json.RawMessage, bool), ids []string, what string) (found map[string]json.RawMessage, errs []error) {
	found = make(map[string]json.RawMessage, len(ids))
	for _, id := range ids {
		text, ok := stored(id)
		if !ok {
			errs = append(errs, stored_requests.NotFoundError{ID: id, DataType: what})
			continue
		}
		found[id] = text
	}
	return found, errs
}

// accounts serves accounts from memory, merged over the host's account defaults as the file fetcher does.
type accounts map[string]json.RawMessage

var _ stored_requests.AccountFetcher = accounts(nil)

func (a accounts) FetchAccount(_ context.Context, defaults json.RawMessage, id string) (json.RawMessage, []error) {
	account, ok := a[id]
	if !ok {
		return nil, []error{stored_requests.NotFoundError{ID: id, DataType: "Account"}}
	}
	if defaults == nil {
		return account, nil
	}
	merged, err := jsonpatch.MergePatch(defaults, account)
	if err != nil {
		return nil, []error{err}
	}
	return merged, nil
}

// anyParams takes the parameters of every bidder as they are; the adapters check them once more.
type anyParams struct{}

var _ openrtb_ext.BidderParamValidator = anyParams{}

func (anyParams) Validate(openrtb_ext.BidderName, json.RawMessage) error { return nil }
func (anyParams) Schema(openrtb_ext.BidderName) string                   { return "{}" }

// errVendorList is what a server without internet has instead of a Global Vendor List.
var errVendorList = errors.New("pbstest has no vendor list")

func noVendorList(context.Context, uint16, uint16, metrics.MetricsEngine) (vendorlist.VendorList, error) {
	return nil, errVendorList
}

var _ gdpr.VendorListFetcher = noVendorList
