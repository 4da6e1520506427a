package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

func optOutAction(w *world) action {
	return action{
		ActionInfo: page.ActionInfo{
			Name: "opt_out", Title: "Opt out now", TakesUser: true,
			Description: "An opt-out goes the real way: the user opts out at the local operator, whose webhook tells the module. An auction shows it; Opt-outs shows how long it took.",
		},
		do: w.optOutByName,
	}
}

// optOutByName opts a user out, and plays an auction that shows it.
func (w *world) optOutByName(ctx context.Context, name string) (page.ActionResult, error) {
	i := slices.IndexFunc(w.users, func(u user) bool { return u.name == name })
	if i < 0 {
		return page.ActionResult{}, errNoUser
	}
	u := w.users[i]
	already := w.hasOptedOut(u.uid)
	took, err := w.optOut(ctx, u)
	if err != nil {
		return page.ActionResult{}, err
	}
	number, _, err := w.show(ctx, u.sample, u.sample, nil)
	message := fmt.Sprintf("%s has opted out: the webhook reached the module in %.1f ms. Auction %d shows what bidders get now.", name, float64(took)/float64(time.Millisecond), number)
	if already {
		message = fmt.Sprintf("%s had opted out before. Auction %d shows what bidders get.", name, number)
	}
	return page.ActionResult{Message: message, Auction: number}, err
}

// optOut opts a user out at the operator, and waits until a lookup of the module's sees it.
func (w *world) optOut(ctx context.Context, u user) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	start := time.Now()
	w.operators[u.operator].OptOut(u.uid, start)
	for !w.hasOptedOut(u.uid) {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the webhook's request hasn't reached the module: %w", ctx.Err())
		case <-time.After(100 * time.Microsecond):
		}
	}
	took = time.Since(start)
	w.lag.Store(int64(took))
	return took, w.feeds[u.operator].Wait(ctx)
}
