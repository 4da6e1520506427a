package annotator

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics' names are documented in docs/operations.md.
var (
	optOutUsersDesc      = prometheus.NewDesc("uid2_optout_users", "Opted-out users in the index.", nil, nil)
	optOutBytesDesc      = prometheus.NewDesc("uid2_optout_index_bytes", "Memory of the index of opted-out users.", nil, nil)
	optOutSyncedDesc     = prometheus.NewDesc("uid2_optout_synced", "1 if the log of opt-outs has been read.", nil, nil)
	optOutRecordedDesc   = prometheus.NewDesc("uid2_optout_recorded_total", "Opt-outs added to the log.", nil, nil)
	optOutFailuresDesc   = prometheus.NewDesc("uid2_optout_failures_total", "Opt-outs that could not be added to the log.", nil, nil)
	optOutQuarantineDesc = prometheus.NewDesc("uid2_optout_quarantined_total", "Values received that are no raw UIDs.", nil, nil)
	optOutRefusedDesc    = prometheus.NewDesc("uid2_optout_refused_total", "Requests to the receiver without authorization.", nil, nil)
	optOutHeartbeatDesc  = prometheus.NewDesc("uid2_optout_heartbeat_age_seconds", "Time since the feed's last sentinel; absent before the first.", nil, nil)
)

var optOutDescs = []*prometheus.Desc{optOutUsersDesc, optOutBytesDesc, optOutSyncedDesc, optOutRecordedDesc,
	optOutFailuresDesc, optOutQuarantineDesc, optOutRefusedDesc, optOutHeartbeatDesc}

func (n *optOutNode) collect(out chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(desc, kind, value)
	}
	stats := n.store.Stats()
	synced := 0.0
	if stats.Synced {
		synced = 1
	}
	send(optOutUsersDesc, prometheus.GaugeValue, float64(stats.Users))
	send(optOutBytesDesc, prometheus.GaugeValue, float64(stats.Bytes))
	send(optOutSyncedDesc, prometheus.GaugeValue, synced)
	send(optOutRecordedDesc, prometheus.CounterValue, float64(stats.Recorded))
	send(optOutFailuresDesc, prometheus.CounterValue, float64(stats.Failures))
	if n.receiver == nil {
		return
	}
	received := n.receiver.Stats()
	send(optOutQuarantineDesc, prometheus.CounterValue, float64(received.Quarantined))
	send(optOutRefusedDesc, prometheus.CounterValue, float64(received.Refused))
	if !received.Heartbeat.IsZero() {
		send(optOutHeartbeatDesc, prometheus.GaugeValue, time.Since(received.Heartbeat).Seconds())
	}
}
