package doctor

import (
	"context"
	"slices"
	"sync"
	"time"
)

// stepTimeout is how long a step over the network may take.
const stepTimeout = 5 * time.Second

// Patient is what is checked. Subjects that it doesn't have aren't.
type Patient struct {
	Settings     []Finding // about the settings themselves
	PrebidServer *PrebidServer
	Operators    []Operator
	Store        string // path of the log of opt-outs; empty: none
	Fed          bool   // something brings opt-outs into the store
	Receiver     *Receiver
	Fleet        *Fleet
	Now          func() time.Time
	Within       time.Duration // certificates that expire sooner are a warning
}

// Examine checks everything at the same time, and returns the findings in a fixed order. What has
// not ended when ctx does has failed.
func (p *Patient) Examine(ctx context.Context) []Finding {
	subjects := []func(context.Context) []Finding{func(context.Context) []Finding { return p.Settings }}
	if p.PrebidServer != nil {
		subjects = append(subjects, p.PrebidServer.examine)
	}
	for i := range p.Operators {
		subjects = append(subjects, func(ctx context.Context) []Finding { return p.Operators[i].examine(ctx, p.Now, p.Within) })
	}
	if p.Store != "" {
		subjects = append(subjects, func(ctx context.Context) []Finding { return examineStore(ctx, p.Store, p.Fed) })
	}
	if p.Receiver != nil {
		subjects = append(subjects, func(ctx context.Context) []Finding { return p.Receiver.examine(ctx, p.Now) })
	}
	if p.Fleet != nil {
		subjects = append(subjects, p.Fleet.examine)
	}
	results := make([][]Finding, len(subjects))
	var work sync.WaitGroup
	for i, examine := range subjects {
		work.Go(func() { results[i] = examine(ctx) })
	}
	work.Wait()
	return slices.Concat(results...)
}
