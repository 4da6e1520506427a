package annotator

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/internal/counters"
	biddermetrics "github.com/uid2rtb/uid2rtb/metrics"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// metrics counts events, never identities. All counters are since start. Tokens, keys, operators and opt-outs are
// counted by package bidder.
type metrics struct{ *counters.Counters }

// The numbers of the counters. From gates on they are closed gates, by privacy.Reason.
const (
	annotatedUIDs = iota
	rawUIDs
	removedUIDs
	unreadableRequests
	redactions
	panics
	gates
)

func newMetrics() metrics { return metrics{counters.New(gates + 1 + len(privacy.Reasons()))} }

// count adds n of what is counted by number i.
func (m metrics) count(i, n int) {
	if n != 0 {
		m.Add(i, uint64(n))
	}
}

func (m metrics) gateClosed(reason privacy.Reason) { m.count(gates+int(reason), 1) }

// CountApplied adds what was written into a bidder's request to the metrics.
func (a *Annotator) CountApplied(applied Applied) {
	a.metrics.count(annotatedUIDs, applied.Annotated)
	a.metrics.count(rawUIDs, applied.Raw)
	a.metrics.count(removedUIDs, applied.Removed)
	if applied.Unreadable {
		a.metrics.count(unreadableRequests, 1)
	}
}

// CountPanic counts a panic that a hook recovered from. It should never move.
func (a *Annotator) CountPanic() { a.metrics.count(panics, 1) }

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
	return collector{a.metrics, biddermetrics.New(a.bidder)}
}

type collector struct {
	metrics
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
	counter := func(desc *prometheus.Desc, number int, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(c.Sum(number)), labels...)
	}
	for _, reason := range privacy.Reasons() {
		counter(gatesDesc, gates+int(reason), reason.String())
	}
	counter(annotatedDesc, annotatedUIDs)
	counter(rawDesc, rawUIDs)
	counter(removedDesc, removedUIDs)
	counter(unreadDesc, unreadableRequests)
	counter(redactedDesc, redactions)
	counter(panicsDesc, panics)
	c.bidder.Collect(out)
}
