package optout

import (
	"sync"

	"github.com/uid2rtb/uid2rtb/codec"
)

// maxRecent is the number of opt-outs that one generation remembers.
const maxRecent = 1 << 18

// recent remembers some of the last opt-outs exactly: the service repeats a whole batch while an
// entry of it fails, and the log shouldn't grow because of that. The index can't be used, as it
// knows users by a hash: an opt-out that was omitted from the log because of a collision with
// another user would be lost.
type recent struct {
	mu       sync.Mutex
	now, old map[codec.RawUID]int64 // Unix milliseconds
}

// knows reports whether an opt-out of this user at sinceMs or later is remembered or, if the time
// is unknown (0 or less), any opt-out of this user.
func (r *recent) knows(uid codec.RawUID, sinceMs int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, generation := range []map[codec.RawUID]int64{r.now, r.old} {
		if known, ok := generation[uid]; ok && (sinceMs <= 0 || known >= sinceMs) {
			return true
		}
	}
	return false
}

func (r *recent) add(uid codec.RawUID, sinceMs int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil || len(r.now) >= maxRecent {
		r.now, r.old = make(map[codec.RawUID]int64), r.now
	}
	r.now[uid] = max(r.now[uid], sinceMs)
}

// forget forgets everything.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.old = nil, nil
}
