// Package metrics shows how a bidder is doing to Prometheus: its tokens by status, its keys, the
// calls of its operators, and its opt-outs. It has counts and times, nothing of anybody.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/metrics/optouts"
	"github.com/uid2rtb/uid2rtb/operator"
)

// New makes a collector that the program registers with a Prometheus registry. What the bidder
// hasn't, such as keys if it was made by bidder.New, is left out. The names and labels are those of
// the module for Prebid Server, documented in docs/metrics.md. It is safe for concurrent use.
func New(b *bidder.Bidder) prometheus.Collector {
	c := collector{bidder: b}
	if store := b.OptOuts(); store != nil {
		c.optOuts = optouts.New(store, b.Receiver(), b.Pollers()...)
	}
	return c
}

type collector struct {
	bidder  *bidder.Bidder
	optOuts prometheus.Collector // nil if there is no store
}

var (
	tokens = desc("uid2_decrypt_tokens_total", "Tokens decrypted, by status.", "status")

	keys      = desc("uid2_keys", "Keys held, by identity scope.", "scope")
	refreshed = desc("uid2_keys_last_refresh_timestamp_seconds", "When a refresh last succeeded, by identity scope; absent before the first.", "scope")
	keysReady = desc("uid2_keys_ready", "1 if an unexpired key is held, by identity scope; 0 withholds every raw UID.", "scope")
	refreshes = desc("uid2_key_refreshes_total", "Refreshes of keys, by identity scope and outcome: success, failure (no answer), rejected (an answer worse than what is held).", "scope", "outcome")

	calls       = desc("uid2_operator_calls_total", "Calls of the operator, for keys and, if it is asked, about opt-outs, by identity scope.", "scope")
	attempts    = desc("uid2_operator_attempts_total", "Attempts of calls of the operator, by identity scope: those beyond the calls are retries.", "scope")
	failures    = desc("uid2_operator_failures_total", "Calls of the operator that failed, by identity scope.", "scope")
	clockOffset = desc("uid2_operator_clock_offset_seconds", "How far the operator's clock was ahead in its last answer, by identity scope; 0 before the first. Beyond a minute or two calls fail.", "scope")
	reloads     = desc("uid2_operator_reloads_total", "How often other credentials came into use without a restart, by identity scope.", "scope")
	notReloaded = desc("uid2_operator_not_reloaded", "1 if a file with credentials, a proxy or certificates has changed, and what it has is not in use, by identity scope; the log has the reason.", "scope")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{tokens, keys, refreshed, keysReady, refreshes, calls, attempts, failures, clockOffset, reloads, notReloaded} {
		out <- d
	}
	if c.optOuts != nil {
		c.optOuts.Describe(out)
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, status := range codec.Statuses() {
		counter(out, tokens, c.bidder.Decrypted(status), status.String())
	}
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if held := c.bidder.Keys(scope); held != nil {
			collectKeys(out, held, scope.String())
			collectCalls(out, c.bidder.Client(scope), scope.String())
		}
	}
	if c.optOuts != nil {
		c.optOuts.Collect(out)
	}
}

func collectKeys(out chan<- prometheus.Metric, held *keyset.Refresher, scope string) {
	snapshot, stats := held.Snapshot(), held.Stats()
	gauge(out, keys, float64(snapshot.Len()), scope)
	gauge(out, keysReady, flag(snapshot.Synced(time.Now().UnixMilli())), scope)
	if last := held.LastSuccess(); !last.IsZero() {
		gauge(out, refreshed, float64(last.UnixNano())/1e9, scope)
	}
	counter(out, refreshes, stats.Refreshes, scope, "success")
	counter(out, refreshes, stats.Failures, scope, "failure")
	counter(out, refreshes, stats.Rejected, scope, "rejected")
}

func collectCalls(out chan<- prometheus.Metric, client *operator.Client, scope string) {
	stats := client.Stats()
	counter(out, calls, stats.Calls, scope)
	counter(out, attempts, stats.Attempts, scope)
	counter(out, failures, stats.Failures, scope)
	gauge(out, clockOffset, stats.ClockOffset.Seconds(), scope)
	counter(out, reloads, stats.Reloads, scope)
	gauge(out, notReloaded, flag(client.ReloadErr() != nil), scope)
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func counter(out chan<- prometheus.Metric, d *prometheus.Desc, value uint64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}
