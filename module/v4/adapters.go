// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import "github.com/prebid/prebid-server/v4/openrtb_ext"

// adapterOf says which adapter is behind a bidder's name. Prebid Server knows the host's aliases before it
// builds modules, and changes nothing of them later.
func adapterOf(bidder string) (adapter string, known bool) {
	core, known := openrtb_ext.NormalizeBidderName(bidder)
	if parent, isAlias := openrtb_ext.GetAliasBidderToParent()[core]; isAlias {
		return string(parent), true
	}
	return string(core), known
}
