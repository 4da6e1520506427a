package state

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// maxIDs is how many keys are named.
const maxIDs = 100

func (r *Reporter) keysets() []page.Keyset {
	all := []page.Keyset{}
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if keys := r.config.Module.Keys(scope); keys != nil {
			all = append(all, r.keyset(scope, keys))
		}
	}
	return all
}

func (r *Reporter) keyset(scope codec.Scope, keys *keyset.Refresher) page.Keyset {
	held, stats := keys.Snapshot(), keys.Stats()
	k := page.Keyset{
		Scope: scope.String(), Operator: r.config.Operators[scope], Ready: keys.Ready(), Keys: stats.Keys, Sites: held.Sites(),
		IDs: []uint32{}, FetchedMs: milliseconds(stats.FetchedAt), ExpiresMs: held.LatestExpiryMs(),
	}
	for key := range held.All() {
		if len(k.IDs) < maxIDs {
			k.IDs = append(k.IDs, key.ID)
		}
	}
	if err := keys.LastError(); err != nil {
		k.LastError = err.Error()
	} else if last := keys.LastSuccess(); !last.IsZero() {
		k.NextRefreshMs = milliseconds(last.Add(r.config.RefreshInterval))
	}
	return k
}

// milliseconds returns a time in Unix milliseconds, 0 for the zero time.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
