package record

import (
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// Auction implements the method of [page.Auctions].
func (r *Recorder) Auction(number int64, reveal bool) (page.AuctionDetail, error) {
	k, ok := r.ring.find(number)
	if !ok {
		return page.AuctionDetail{}, page.ErrGone
	}
	d := detailer{r, k.rec, func(s string) string { return s }}
	if !reveal {
		d.mask = r.mask(k.rec)
	}
	incoming := d.incoming()
	return page.AuctionDetail{
		Auction:  k.line,
		Incoming: incoming,
		Gates:    d.gates(),
		Bidders:  d.bidders(incoming),
		Response: d.response(),
		Stages:   k.rec.stages.us(),
	}, nil
}

// detailer makes the details of one recording.
type detailer struct {
	*Recorder
	rec  *recording
	mask func(string) string
}

func (d detailer) shown(t *text) string { return d.mask(t.indented()) }

// incoming returns the request as it came; an amp one has no body, so it is what Prebid Server made
// of it.
func (d detailer) incoming() string {
	if d.rec.incoming.length == 0 {
		return d.shown(&d.rec.resolved)
	}
	return d.shown(&d.rec.incoming)
}

func (d detailer) gates() []inspect.Gate {
	if request := d.rec.resolved.whole(); request != nil {
		return d.config.Gates(request)
	}
	return []inspect.Gate{}
}

func (d detailer) bidders(incoming string) []page.BidderDetail {
	all := make([]page.BidderDetail, 0, len(d.config.Bidders))
	for _, bidder := range d.config.Bidders {
		b := page.BidderDetail{Bidder: bidder, Listed: d.isListed(bidder), Difference: []inspect.Line{}}
		if c := d.rec.called(bidder); c != nil {
			b.Called, b.Received = true, d.shown(&c.received)
			b.Difference = d.config.Difference(incoming, b.Received)
		}
		all = append(all, b)
	}
	return all
}

func (d detailer) response() page.ResponseDetail {
	before, after := d.rec.response()
	r := page.ResponseDetail{Before: d.shown(&before), After: d.shown(&after), Redacted: d.rec.redacted()}
	r.Difference = d.config.Difference(r.Before, r.After)
	if sent := d.shown(&d.rec.sent); sent != r.After {
		r.Sent = sent
	}
	return r
}
