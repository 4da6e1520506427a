package record

import (
	"slices"
	"sync"

	"github.com/prebid/prebid-server/v3/openrtb_ext"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// Config says whose auctions are recorded.
type Config struct {
	Bidders []string // in the order in which they are shown: the first segment of their endpoints' paths
	Listed  []string // those of them that may get raw UIDs

	// Read reads a bid request as a bidder does.
	Read func(request []byte) Read
	// Known returns raw UIDs to mask wherever they are, beside those in annotations; nil: none.
	Known func() []string
	// Gates explains the privacy gates of a bid request.
	Gates func(request []byte) []inspect.Gate
	// Difference compares two texts.
	Difference func(before, after string) []inspect.Line
}

// Read is what a bid request says of its user.
type Read struct {
	Statuses []string // of the annotations
	Raws     []string // raw UIDs
}

// Recorder records auctions.
type Recorder struct {
	config  Config
	ring    ring
	tickets tickets
	hooks   Durations

	mu      sync.Mutex
	running map[*openrtb_ext.RequestWrapper]*carrier // auctions in the exchange
}

// New returns a recorder.
func New(config Config) *Recorder {
	return &Recorder{config: config, ring: newRing(), running: map[*openrtb_ext.RequestWrapper]*carrier{}}
}

// Hooks returns the times in the hooks of each auction.
func (r *Recorder) Hooks() *Durations { return &r.hooks }

func (r *Recorder) isListed(bidder string) bool { return slices.Contains(r.config.Listed, bidder) }

// finish keeps a recording whose auction is over.
func (r *Recorder) finish(rec *recording) {
	rec.seal()
	if len(rec.stages) > 0 {
		r.hooks.Add(rec.stages.total())
	}
	rec.ticket.done(r.ring.add(rec, r.line(rec)), rec)
}
