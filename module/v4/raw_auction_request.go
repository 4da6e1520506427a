// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"context"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

type (
	rawPayload = hookstage.RawAuctionRequestPayload
	rawResult  = hookstage.HookResult[rawPayload]
)

// HandleRawAuctionHook removes forged annotations from the request's bytes, the first-party data of single bidders included, so
// that none is left should the later stages come too late. A request that isn't one is left to Prebid Server, which refuses it.
//
// It knows nothing that the later stages want, but as it may be the first hook of an auction, it returns what newContext makes.
func (m *Module) HandleRawAuctionHook(ctx context.Context, _ hookstage.ModuleInvocationContext, payload rawPayload) (result rawResult, _ error) {
	result.ModuleContext = newContext()
	defer recovered(m, &result)
	if tooLate(ctx) {
		return result, nil
	}
	if clean, removed, err := openrtb.RemoveForgeries(nil, payload); err == nil && removed > 0 {
		result.ChangeSet.AddMutation(replaceWith(payload, clean), hookstage.MutationDelete, "bidrequest", "user", "eids", "uids", "ext", "uid2")
	}
	return result, nil
}

// replaceWith puts clean in the place of the payload that the hook saw. If another module has put other bytes there since, those
// are read anew.
func replaceWith(seen, clean rawPayload) hookstage.MutationFunc[rawPayload] {
	return func(payload rawPayload) (rawPayload, error) {
		if sameBytes(payload, seen) {
			return clean, nil
		}
		if other, removed, err := openrtb.RemoveForgeries(nil, payload); err == nil && removed > 0 {
			return other, nil
		}
		return payload, nil
	}
}

// sameBytes reports whether two slices are the same memory.
func sameBytes(a, b []byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }
