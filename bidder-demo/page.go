package main

import "github.com/uid2rtb/uid2rtb/inspect/page"

// page returns what a page shows of everything that runs. A real operator has no actions.
func (w *world) page() page.Config {
	offered := newActions(w)
	config := page.Config{
		Inspector: w.inspector,
		Auctions:  auctions{w.recorder, w, w.samples},
		State:     w.reporter(offered),
	}
	if len(offered.all) > 0 {
		config.Actions = offered
	}
	return config
}
