package main

import (
	"context"
	"sync"
	"time"
)

// mostOutstanding is how many auctions may be under way before a server is held to be overrun.
const mostOutstanding = 4000

// openLoop calls send when it is due, at a rate, for some time, each in a goroutine of its own
// whatever is still under way: a slow server makes nothing late but its own answers. It waits for
// all of them. Those that come while too many are under way are dropped, and counted.
func openLoop(ctx context.Context, perSecond float64, long time.Duration, send func(n int, due time.Time)) (sent, dropped int) {
	var sending sync.WaitGroup
	defer sending.Wait()
	slots := make(chan struct{}, mostOutstanding)
	gap := time.Duration(float64(time.Second) / perSecond)
	start := time.Now()
	for n := 0; ; n++ {
		due := time.Duration(n) * gap
		if due >= long || !sleepUntil(ctx, start.Add(due)) {
			return sent, dropped
		}
		select {
		case slots <- struct{}{}:
			sent++
			sending.Go(func() {
				send(n, start.Add(due))
				<-slots
			})
		default:
			dropped++
		}
	}
}

// sleepUntil waits, and reports whether nothing ended it.
func sleepUntil(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// every calls f again and again until the context is done.
func every(ctx context.Context, pause time.Duration, f func(n int)) {
	start := time.Now()
	for n := 1; sleepUntil(ctx, start.Add(time.Duration(n)*pause)); n++ {
		f(n)
	}
}
