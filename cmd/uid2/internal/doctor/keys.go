package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// staleBefore is how long before the last key expires newer ones should have come.
const staleBefore = 48 * time.Hour

// keys checks a bidder's keys, and returns them if they can be used.
func (v *visit) keys(answer []byte) *keyset.Snapshot {
	keys, err := keyset.Parse(answer)
	if err != nil {
		v.wrong(checkKeys, "the operator's keys can't be read", "ask whoever runs the operator")
		return nil
	}
	last := time.UnixMilli(keys.LatestExpiryMs())
	switch {
	case keys.Len() == 0:
		v.wrong(checkKeys, "the operator gives no keys", "ask its administrator to grant this participant keys")
		return nil
	case !keys.Synced(v.now.UnixMilli()):
		v.wrong(checkKeys, "all keys have expired, the last one at "+at(last), "ask whoever runs the operator why it makes no new keys; tokens can't be decrypted until then")
		return nil
	case last.Sub(v.now) < staleBefore:
		v.warning(checkKeys, fmt.Sprintf("no key is valid after %s, and no newer one has come", at(last)), "ask whoever runs the operator why it makes no new keys")
	default:
		v.ok(checkKeys, "%d of scope %s, valid until %s", keys.Len(), keys.Scope(), at(last))
	}
	return keys
}

// sites checks whose tokens the keys decrypt. Only the legacy answer says of which site a key is.
func (v *visit) sites(ctx context.Context, keys, sharing *keyset.Snapshot) {
	answer, err := v.client.LegacyKeys(ctx)
	if err != nil {
		v.skip("the operator doesn't say of which sites the keys are", checkSites)
		return
	}
	legacy, err := keyset.Parse(answer)
	if err != nil {
		v.skip("the operator doesn't say of which sites the keys are", checkSites)
		return
	}
	sites := map[int64]bool{}
	for key := range legacy.All() {
		if key.SiteID > 0 {
			sites[key.SiteID] = true
		}
	}
	if len(sites) == 0 {
		v.warning(checkSites, "the keys are of no site, so no token can be decrypted", "have the sites share with this participant, in the UID2 portal")
		return
	}
	v.ok(checkSites, "keys of %s%s", plural.Count(len(sites), "site"), ownSite(sites, sharing))
}

// ownSite describes the participant's own, which the answer for sharers names.
func ownSite(sites map[int64]bool, sharing *keyset.Snapshot) string {
	if sharing == nil {
		return ""
	}
	own, known := sharing.CallerSiteID()
	switch {
	case !known:
		return ""
	case sites[int64(own)]:
		return fmt.Sprintf("; its own site %d has one", own)
	}
	return fmt.Sprintf("; its own site %d has none, so it can't encrypt", own)
}
