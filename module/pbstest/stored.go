package pbstest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/prebid/prebid-server/v3/gdpr"
	"github.com/prebid/prebid-server/v3/metrics"
	"github.com/prebid/prebid-server/v3/openrtb_ext"
	"github.com/prebid/prebid-server/v3/stored_requests"
	"github.com/prebid/prebid-server/v3/stored_requests/backends/empty_fetcher"

	"github.com/prebid/go-gdpr/vendorlist"
	jsonpatch "gopkg.in/evanphx/json-patch.v5"
)

// storedRequests serves stored requests from memory; stored impressions and responses there are none.
type storedRequests struct {
	empty_fetcher.EmptyFetcher
	requests map[string]json.RawMessage
}

var _ stored_requests.Fetcher = storedRequests{}

func (s storedRequests) FetchRequests(ctx context.Context, requestIDs, impIDs []string) (map[string]json.RawMessage, map[string]json.RawMessage, []error) {
	_, _, errs := s.EmptyFetcher.FetchRequests(ctx, nil, impIDs)
	found := make(map[string]json.RawMessage, len(requestIDs))
	for _, id := range requestIDs {
		request, ok := s.requests[id]
		if !ok {
			errs = append(errs, stored_requests.NotFoundError{ID: id, DataType: "Request"})
			continue
		}
		found[id] = request
	}
	return found, nil, errs
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
