package record

import (
	"slices"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// fromOutside is the name of auctions that nobody announced.
const fromOutside = "from outside"

// line returns an auction's line in the list, without its number.
func (r *Recorder) line(rec *recording) page.Auction {
	line := page.Auction{
		AtMs: rec.at.UnixMilli(), Name: fromOutside, Endpoint: rec.endpoint, HTTPStatus: rec.status,
		HooksUs: microseconds(rec.stages.total()), Withheld: rec.withheld,
		Statuses: []string{}, Bids: []page.Bid{}, RawTo: []string{},
	}
	if rec.ticket != nil {
		line.Name = rec.ticket.name
	}
	for _, bidder := range r.config.Bidders {
		c := rec.called(bidder)
		line.Bids = append(line.Bids, bidOf(bidder, c))
		if c == nil {
			continue
		}
		if len(c.read.Raws) > 0 {
			line.RawTo = append(line.RawTo, bidder)
		}
		if r.isListed(bidder) {
			line.Statuses = append(line.Statuses, c.read.Statuses...)
		}
	}
	slices.Sort(line.Statuses)
	line.Statuses = slices.Compact(line.Statuses)
	return line
}

// bidOf returns what a bidder answered.
func bidOf(bidder string, c *call) page.Bid {
	switch {
	case c == nil:
		return page.Bid{Bidder: bidder, Outcome: "not called"}
	case c.price > 0:
		return page.Bid{Bidder: bidder, Outcome: "bid", PriceUSD: c.price}
	}
	return page.Bid{Bidder: bidder, Outcome: "no bid"}
}
