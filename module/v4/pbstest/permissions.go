package pbstest

import (
	"github.com/prebid/prebid-server/v4/config"
	"github.com/prebid/prebid-server/v4/gdpr"
	"github.com/prebid/prebid-server/v4/metrics"
)

// permissions is what the exchange asks about GDPR. The ids of vendors that exist are none, as there is no vendor list;
// Prebid Server v3 doesn't want them.
func permissions(host *config.Configuration, me metrics.MetricsEngine) gdpr.PermissionsBuilder {
	return gdpr.NewPermissionsBuilder(host.GDPR, host.BidderInfos.ToGVLVendorIDMap(), gdpr.NewLiveGVLVendorIDs(), noVendorList, me)
}
