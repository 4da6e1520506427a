package record

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
)

// header is where a request of this program's own has its ticket. It ends at Handler.
const header = "Bidder-Demo-Ticket"

// Ticket gives an auction its name, and knows what became of it.
type Ticket struct {
	name   string
	id     string
	over   chan struct{} // closed once the auction is kept
	number int64
	rec    *recording
}

// Announce returns a ticket for an auction that this program is about to hold. It must be used for
// one request, or given up by [Recorder.GiveUp].
func (r *Recorder) Announce(name string) *Ticket {
	t := &Ticket{name: name, id: rand.Text(), over: make(chan struct{})}
	r.tickets.Store(t.id, t)
	return t
}

// GiveUp forgets a ticket, used or not.
func (r *Recorder) GiveUp(t *Ticket) { r.tickets.Delete(t.id) }

// Stamp puts the ticket on the request.
func (t *Ticket) Stamp(req *http.Request) { req.Header.Set(header, t.id) }

// Result waits until the auction is over, and returns its number and what each bidder received.
func (t *Ticket) Result(ctx context.Context) (Result, error) {
	select {
	case <-t.over:
		return Result{Number: t.number, rec: t.rec}, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// done may be called on nil: nobody announced the auction.
func (t *Ticket) done(number int64, rec *recording) {
	if t != nil {
		t.number, t.rec = number, rec
		close(t.over)
	}
}

// tickets are those announced and not used yet, by id.
type tickets struct{ sync.Map }

// of takes the ticket off a request; nil if it has none of ours.
func (all *tickets) of(req *http.Request) *Ticket {
	id := req.Header.Get(header)
	req.Header.Del(header)
	t, _ := all.LoadAndDelete(id)
	ticket, _ := t.(*Ticket)
	return ticket
}

// Result is an auction that this program held.
type Result struct {
	Number int64
	rec    *recording
}

// HooksUs returns the time in the hooks, in microseconds; of parallel hooks, the longest.
func (r Result) HooksUs() float64 { return microseconds(r.rec.stages.total()) }

// StagesUs returns the same by stage.
func (r Result) StagesUs() map[string]float64 { return r.rec.stages.us() }

// Received returns the latest request that a bidder received, nil if it wasn't called.
func (r Result) Received(bidder string) []byte {
	if c := r.rec.called(bidder); c != nil {
		return c.received.whole()
	}
	return nil
}
