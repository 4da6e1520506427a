package state

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

func (r *Reporter) optOuts() page.OptOuts {
	o := page.OptOuts{Webhook: r.config.Webhook, LagMs: float64(r.config.Lag()) / float64(time.Millisecond), Quarantined: r.quarantined()}
	if store := r.config.Module.OptOuts(); store != nil {
		o.Ready, o.Users = store.Synced(), store.Stats().Users
	}
	for _, feed := range r.config.Feeds {
		if entries, at := feed.LastBatch(); milliseconds(at) > o.LastBatchMs {
			o.LastBatchMs, o.LastBatch = milliseconds(at), entries
		}
	}
	return o
}

// quarantined returns the module's own figure, which it shows to nobody but Prometheus.
func (r *Reporter) quarantined() int {
	registry := prometheus.NewRegistry()
	if registry.Register(r.config.Module.Collector()) != nil {
		return 0
	}
	families, _ := registry.Gather() // what failed isn't in it
	for _, family := range families {
		if strings.HasSuffix(family.GetName(), "_receiver_quarantined_total") && len(family.GetMetric()) > 0 {
			return int(family.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return 0
}
