package pbstest

import (
	"github.com/prebid/prebid-server/v3/config"
	"github.com/prebid/prebid-server/v3/gdpr"
	"github.com/prebid/prebid-server/v3/metrics"
)

// permissions is what the exchange asks about GDPR. Prebid Server v4 wants one argument more.
func permissions(host *config.Configuration, me metrics.MetricsEngine) gdpr.PermissionsBuilder {
	return gdpr.NewPermissionsBuilder(host.GDPR, host.BidderInfos.ToGVLVendorIDMap(), noVendorList, me)
}
