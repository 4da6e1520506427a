package annotator

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	biddermetrics "github.com/uid2rtb/uid2rtb/metrics"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// metrics counts events, never identities. All counters are since start. Tokens, keys, operators and opt-outs are
// counted by package bidder.
type metrics struct {
	gates      [16]atomic.Uint64 // by privacy.Reason
	annotated  atomic.Uint64
	raw        atomic.Uint64
	removed    atomic.Uint64
	unreadable atomic.Uint64
	redacted   atomic.Uint64
	panics     atomic.Uint64
}

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

// The metrics' names and labels are documented in docs/metrics.md.
var (
	gatesDesc     = prometheus.NewDesc("uid2_decrypt_withheld_auctions_total", "Auctions whose raw UIDs a privacy gate withheld, by reason.", []string{"reason"}, nil)
	annotatedDesc = prometheus.NewDesc("uid2_decrypt_annotations_total", "Annotations written into bidder requests.", nil, nil)
	rawDesc       = prometheus.NewDesc("uid2_decrypt_raw_uids_total", "Raw UIDs written into requests of listed bidders, in annotations or in place of tokens.", nil, nil)
	removedDesc   = prometheus.NewDesc("uid2_decrypt_uids_removed_total", "Uids removed from bidder requests by the modes replace and drop_opted_out.", nil, nil)
	unreadDesc    = prometheus.NewDesc("uid2_decrypt_unreadable_requests_total", "Bidder requests whose eids could not be read safely and were removed.", nil, nil)
	redactedDesc  = prometheus.NewDesc("uid2_decrypt_redactions_total", "Raw UIDs taken out of auction responses, and of bids before they are cached: a bidder sends back what it received, or a caller asked for debug with raw_in_debug.", nil, nil)
	panicsDesc    = prometheus.NewDesc("uid2_decrypt_panics_total", "Panics recovered in hooks, and in the search of a response, which then goes out without ext (and with redact_bids without bids); must stay 0.", nil, nil)
)

// Collector returns the metrics for a Prometheus registry. It is safe for concurrent use.
func (a *Annotator) Collector() prometheus.Collector {
	return collector{&a.metrics, biddermetrics.New(a.bidder)}
}

type collector struct {
	*metrics
	bidder prometheus.Collector
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{gatesDesc, annotatedDesc, rawDesc, removedDesc, unreadDesc, redactedDesc, panicsDesc} {
		descs <- desc
	}
	c.bidder.Describe(descs)
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	counter := func(desc *prometheus.Desc, value uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	for _, reason := range privacy.Reasons() {
		counter(gatesDesc, c.gates[reason].Load(), reason.String())
	}
	counter(annotatedDesc, c.annotated.Load())
	counter(rawDesc, c.raw.Load())
	counter(removedDesc, c.removed.Load())
	counter(unreadDesc, c.unreadable.Load())
	counter(redactedDesc, c.redacted.Load())
	counter(panicsDesc, c.panics.Load())
	c.bidder.Collect(out)
}
