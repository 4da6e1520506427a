package bidder

import (
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/counters"
)

// newCounts returns the counters of verdicts, by status.
func newCounts() *counters.Counters { return counters.New(int(codec.UserOptedOut) + 1) }

// Decrypted returns how many tokens have had a status so far, for metrics. It is 0 for what is no
// status.
func (b *Bidder) Decrypted(status codec.Status) uint64 {
	if status > codec.UserOptedOut {
		return 0
	}
	return b.counts.Sum(int(status))
}
