package bidder

import (
	"iter"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// UID is what came of one UID2 or EUID uid of a request. It has nothing of the request's memory. It
// prints without the raw UID.
type UID struct {
	// Source is the identity system whose eid it is in.
	Source openrtb.Source
	// Outcome is what it means for a bid.
	Outcome Outcome
	// Verdict has the rest, for logs and metrics.
	Verdict bidstream.Verdict
}

// RawUID returns the raw UID to bid on, and reports whether there is one: the outcome is Usable.
func (u *UID) RawUID() (uid codec.RawUID, ok bool) { return u.Verdict.RawUID() }

// UIDs yields what came of each token of a bid request in bytes, user.eids before user.ext.eids,
// openrtb.MaxUIDs at most, and doesn't annotate it. If the request can't be read safely, it yields
// that error with a zero UID, and nothing else.
//
// The request is read while UIDs is ranged over and must not change before that ends. Nothing
// yielded refers to it.
func (b *Bidder) UIDs(request []byte, now time.Time) iter.Seq2[UID, error] {
	return func(yield func(UID, error) bool) {
		for found, err := range openrtb.UIDsRaw(request) {
			uid := UID{Source: found.Source}
			if err == nil {
				b.Decrypt(&uid.Verdict, found.ID, Query(found.Source, found.Name, now))
				uid.Outcome = OutcomeOf(&uid.Verdict)
			}
			if !yield(uid, err) {
				return
			}
		}
	}
}
