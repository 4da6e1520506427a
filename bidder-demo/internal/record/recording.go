package record

import (
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

// recording is one auction. It is written until it is sealed, and only read afterwards.
type recording struct {
	at       time.Time
	endpoint string // "auction" or "amp"
	ticket   *Ticket

	mu       sync.Mutex
	sealed   bool
	status   int
	incoming text
	sent     text // the answer
	resolved text // the request as the module saw it
	before   text // the response before redaction
	after    text
	withheld string
	stages   stages
	calls    []*call
}

// call is one request to a bidder.
type call struct {
	bidder   string
	received text
	read     Read    // of all that it received
	price    float64 // that it answered; 0: no bid
}

// write changes the recording unless it is sealed: a hook or a bidder may be later than the answer.
func (rec *recording) write(change func()) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if !rec.sealed {
		change()
	}
}

func (rec *recording) seal() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.sealed = true
}

// took adds to the time that a hook took at a stage; of a bidder's hook, its name says for whom.
func (rec *recording) took(stage, bidder string, d time.Duration) {
	rec.write(func() {
		if rec.stages == nil {
			rec.stages = stages{}
		}
		rec.stages.add(stage, bidder, d)
	})
}

// called returns the latest call of a bidder, or nil. The recording must be sealed.
func (rec *recording) called(bidder string) (latest *call) {
	for _, c := range rec.calls {
		if c.bidder == bidder {
			latest = c
		}
	}
	return latest
}

// response returns the response before and after redaction: what was answered, if the auction never
// came to a response.
func (rec *recording) response() (before, after text) {
	if rec.after.length == 0 {
		return rec.sent, rec.sent
	}
	return rec.before, rec.after
}

// redacted returns how many places the redaction changed.
func (rec *recording) redacted() int {
	return max(0, rec.after.count(redact.Replacement)-rec.before.count(redact.Replacement))
}

// bytes returns the memory that the texts take.
func (rec *recording) bytes() int {
	sum := 0
	for _, t := range []*text{&rec.incoming, &rec.sent, &rec.resolved, &rec.before, &rec.after} {
		sum += cap(t.kept)
	}
	for _, c := range rec.calls {
		sum += cap(c.received.kept)
	}
	return sum
}
