package annotator

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	optoutmetrics "github.com/uid2rtb/uid2rtb/optout/metrics"
)

// metrics counts statuses and events, never identities. All counters are since start.
type metrics struct {
	tokens     [32]atomic.Uint64 // by codec.Status
	gates      [16]atomic.Uint64 // by privacy.Reason
	annotated  atomic.Uint64
	raw        atomic.Uint64
	removed    atomic.Uint64
	unreadable atomic.Uint64
	redacted   atomic.Uint64
	panics     atomic.Uint64
}

func (m *metrics) decrypted(status codec.Status) { m.tokens[int(status)%len(m.tokens)].Add(1) }

func (m *metrics) gateClosed(reason privacy.Reason) { m.gates[int(reason)%len(m.gates)].Add(1) }

// CountApplied adds what was written into a bidder's request to the metrics.
func (a *Annotator) CountApplied(applied Applied) {
	a.metrics.annotated.Add(uint64(applied.Annotated))
	a.metrics.raw.Add(uint64(applied.Raw))
	a.metrics.removed.Add(uint64(applied.Removed))
	if applied.Unreadable {
		a.metrics.unreadable.Add(1)
	}
}

// CountPanic counts a panic that a hook recovered from. It should never move.
func (a *Annotator) CountPanic() { a.metrics.panics.Add(1) }

// The metrics' names and labels are documented in docs/operations.md.
var (
	tokensDesc    = prometheus.NewDesc("uid2_decrypt_tokens_total", "Tokens decrypted, by status.", []string{"status"}, nil)
	gatesDesc     = prometheus.NewDesc("uid2_decrypt_gates_closed_total", "Auctions whose raw UIDs a privacy gate withheld, by reason.", []string{"reason"}, nil)
	annotatedDesc = prometheus.NewDesc("uid2_decrypt_annotations_total", "Annotations written into bidder requests.", nil, nil)
	rawDesc       = prometheus.NewDesc("uid2_decrypt_raw_uids_total", "Raw UIDs written into requests of listed bidders.", nil, nil)
	removedDesc   = prometheus.NewDesc("uid2_decrypt_uids_removed_total", "Uids removed from bidder requests by the modes replace and drop_opted_out.", nil, nil)
	unreadDesc    = prometheus.NewDesc("uid2_decrypt_unreadable_users_total", "Bidder requests whose eids could not be read safely and were removed.", nil, nil)
	redactedDesc  = prometheus.NewDesc("uid2_decrypt_redactions_total", "Raw UIDs taken out of auction responses.", nil, nil)
	panicsDesc    = prometheus.NewDesc("uid2_decrypt_panics_total", "Panics recovered in hooks.", nil, nil)
	keysDesc      = prometheus.NewDesc("uid2_keys", "Keys held, by identity scope.", []string{"scope"}, nil)
	keysAgeDesc   = prometheus.NewDesc("uid2_keys_age_seconds", "Time since the last successful refresh, by identity scope; absent before the first.", []string{"scope"}, nil)
	keysReadyDesc = prometheus.NewDesc("uid2_keys_ready", "1 if an unexpired key is held, by identity scope.", []string{"scope"}, nil)
	refreshDesc   = prometheus.NewDesc("uid2_key_refreshes_total", "Key refreshes, by identity scope and outcome.", []string{"scope", "outcome"}, nil)
)

// Collector returns the metrics for a Prometheus registry. It is safe for concurrent use.
func (a *Annotator) Collector() prometheus.Collector {
	c := collector{Annotator: a}
	if store := a.bidder.OptOuts(); store != nil {
		c.optOuts = optoutmetrics.New(store, a.bidder.Receiver(), a.bidder.Pollers()...)
	}
	return c
}

type collector struct {
	*Annotator
	optOuts prometheus.Collector // nil if there is no store
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{tokensDesc, gatesDesc, annotatedDesc, rawDesc, removedDesc, unreadDesc,
		redactedDesc, panicsDesc, keysDesc, keysAgeDesc, keysReadyDesc, refreshDesc} {
		descs <- desc
	}
	if c.optOuts != nil {
		c.optOuts.Describe(descs)
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	counter := func(desc *prometheus.Desc, value uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	m := &c.metrics
	for _, status := range codec.Statuses() {
		counter(tokensDesc, m.tokens[status].Load(), status.String())
	}
	for _, reason := range privacy.Reasons() {
		counter(gatesDesc, m.gates[reason].Load(), reason.String())
	}
	counter(annotatedDesc, m.annotated.Load())
	counter(rawDesc, m.raw.Load())
	counter(removedDesc, m.removed.Load())
	counter(unreadDesc, m.unreadable.Load())
	counter(redactedDesc, m.redacted.Load())
	counter(panicsDesc, m.panics.Load())
	c.collectKeys(out)
	if c.optOuts != nil {
		c.optOuts.Collect(out)
	}
}

func (c collector) collectKeys(out chan<- prometheus.Metric) {
	now := time.Now()
	for _, scoped := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		keys, scope := c.Keys(scoped), scoped.String()
		if keys == nil {
			continue
		}
		gauge := func(desc *prometheus.Desc, value float64) {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, scope)
		}
		snapshot, stats := keys.Snapshot(), keys.Stats()
		gauge(keysDesc, float64(snapshot.Len()))
		ready := 0.0
		if snapshot.Synced(now.UnixMilli()) {
			ready = 1
		}
		gauge(keysReadyDesc, ready)
		if last := keys.LastSuccess(); !last.IsZero() {
			gauge(keysAgeDesc, now.Sub(last).Seconds())
		}
		for outcome, count := range map[string]uint64{"success": stats.Refreshes, "failure": stats.Failures, "rejected": stats.Rejected} {
			out <- prometheus.MustNewConstMetric(refreshDesc, prometheus.CounterValue, float64(count), scope, outcome)
		}
	}
}
