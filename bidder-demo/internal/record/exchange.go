package record

import (
	"context"
	"sync/atomic"

	"github.com/prebid/prebid-server/v3/exchange"
	"github.com/prebid/prebid-server/v3/openrtb_ext"
)

// carrier is in the context of an auction's requests to bidders. Which recording it carries is
// known once the first hook has run, which is before the first bidder is called: Prebid Server
// gives an exchange a context of its own, and tells the hooks alone what auction it is about.
type carrier struct{ rec atomic.Pointer[recording] }

type carrierKey struct{}

// carriedBy returns the recording of a request to a bidder, or nil.
func carriedBy(ctx context.Context) *recording {
	if c, ok := ctx.Value(carrierKey{}).(*carrier); ok {
		return c.rec.Load()
	}
	return nil
}

// Exchange makes the requests to bidders carry the recording.
func (r *Recorder) Exchange(next exchange.Exchange) exchange.Exchange { return carrying{next, r} }

type carrying struct {
	exchange.Exchange
	recorder *Recorder
}

// HoldAuction implements [exchange.Exchange].
func (e carrying) HoldAuction(ctx context.Context, auction *exchange.AuctionRequest, debug *exchange.DebugLog) (*exchange.AuctionResponse, error) {
	c := new(carrier)
	e.recorder.carry(auction.BidRequestWrapper, c)
	defer e.recorder.carry(auction.BidRequestWrapper, nil)
	return e.Exchange.HoldAuction(context.WithValue(ctx, carrierKey{}, c), auction, debug)
}

// carry remembers the carrier of a request, or forgets it.
func (r *Recorder) carry(request *openrtb_ext.RequestWrapper, c *carrier) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c == nil {
		delete(r.running, request)
		return
	}
	r.running[request] = c
}

// load gives the carrier of a request its recording.
func (r *Recorder) load(request *openrtb_ext.RequestWrapper, rec *recording) {
	r.mu.Lock()
	c := r.running[request]
	r.mu.Unlock()
	if c != nil {
		c.rec.Store(rec)
	}
}
