package main

import (
	"time"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/state"
)

// reporter returns what reports the state of all that runs.
func (w *world) reporter(offered actions) *state.Reporter {
	config := state.Config{
		Module:          w.module,
		Operators:       w.operatorURLs,
		RefreshInterval: w.refreshInterval,
		Webhook:         w.receiver,
		Lag:             func() time.Duration { return time.Duration(w.lag.Load()) },
		Hooks:           w.recorder.Hooks().Histogram,
		Users:           w.pageUsers,
		Actions:         offered.infos,
	}
	for _, feed := range w.feeds {
		config.Feeds = append(config.Feeds, feed)
	}
	return state.New(config)
}
