// Package optouts shows how opt-outs are doing to Prometheus. It has counts and times, nothing of anybody.
package optouts

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/optout"
)

// New makes a collector that the host registers with a Prometheus registry. A receiver that is nil is left out. Of several
// pollers the sums are shown, and the earliest time. It is safe for concurrent use.
func New(store *optout.Store, receiver *optout.Receiver, pollers ...*optout.Poller) prometheus.Collector {
	return collector{store, receiver, pollers}
}

type collector struct {
	store    *optout.Store
	receiver *optout.Receiver
	pollers  []*optout.Poller
}

// Of the store.
var (
	users          = gauge("users", "Opted-out users in the index.")
	indexBytes     = gauge("index_bytes", "Memory of the index of opted-out users.")
	restored       = gauge("snapshot_restored_users", "Users that the index took from its snapshot at the start.")
	synced         = gauge("synced", "1 if the log of opt-outs has been read; until then raw UIDs are withheld.")
	lag            = gauge("lag_entries", "Entries of the log, or of the fleet's stream, that this node does not know yet.")
	unreachable    = gauge("stream_unreachable", "1 if what the rest of the fleet receives does not come at present; the log has the reason.")
	foreign        = counter("stream_foreign_messages_total", "Messages of the fleet's stream that are no opt-outs: they are in the quarantine, and somebody else can publish.")
	losses         = counter("stream_losses_total", "How often the fleet's stream had lost opt-outs (deleted, purged, limited, restored from a backup), which the nodes then publish again.")
	refilled       = counter("stream_refilled_total", "Opt-outs that this node had and the fleet's stream had not, and that it published again.")
	recorded       = counter("recorded_total", "Opt-outs received and kept.")
	repeated       = counter("repeated_total", "Opt-outs received again a short time after the first time, and not added.")
	failures       = counter("record_failures_total", "Opt-outs that could not be kept, which the service sends again.")
	locked         = gauge("log_locked", "1 while another process has the log open and this one waits for it; raw UIDs are withheld.")
	replaced       = gauge("log_replaced", "1 if the log's file was removed, replaced or overwritten while it is in use: opt-outs are answered 503 until a new start.")
	damaged        = gauge("log_damaged", "1 if the log is damaged; if synced is 1, everybody in it is known from the snapshot.")
	snapshotFailed = gauge("snapshot_failed", "1 if the last reading or writing of a snapshot failed.")
	commits        = prometheus.NewDesc(prefix+"commit_duration_seconds", "Time that the log's commits take, each with its fsyncs.", nil, nil)
)

// Of the receiver.
var (
	requests    = counter("receiver_requests_total", "Requests to the receiver.")
	sentinels   = counter("receiver_sentinels_total", "Beginnings and ends of batches among the requests to the receiver.")
	quarantined = counter("receiver_quarantined_total", "Requests to the receiver of which something is no raw UID: they are kept in the file for a human to look at.")
	refused     = counter("receiver_refused_total", "Requests to the receiver without the right token.")
	reloads     = counter("receiver_reloads_total", "How often other tokens or header values came into use without a restart.")
	notReloaded = gauge("receiver_not_reloaded", "1 if the file with the receiver's tokens or header values has changed, and what it has is not in use.")
	heartbeat   = gauge("receiver_heartbeat_timestamp_seconds", "When the service last began or ended a batch; absent before the first.")
)

// Of the poller.
var (
	pollWaiting  = gauge("poll_waiting", "Raw UIDs that wait to be asked about.")
	pollChecked  = counter("poll_checked_total", "Raw UIDs about which the operator has answered.")
	pollOptedOut = counter("poll_opted_out_total", "Raw UIDs whose users have opted out, by the operator's answers.")
	pollDropped  = counter("poll_dropped_total", "Raw UIDs not asked about since too many waited.")
	pollFailures = counter("poll_failures_total", "Batches of raw UIDs that the operator did not answer, or whose opt-outs could not be added.")
	pollSuccess  = gauge("poll_last_success_timestamp_seconds", "When the operator last answered about opt-outs, of several scopes the earliest; absent before the first answers.")
)

const prefix = "uid2_optout_"

// metric is one with a single value.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string) metric {
	return metric{prometheus.NewDesc(prefix+name, help, nil, nil), prometheus.GaugeValue}
}

func counter(name, help string) metric {
	return metric{prometheus.NewDesc(prefix+name, help, nil, nil), prometheus.CounterValue}
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(out chan<- *prometheus.Desc) {
	send := func(metrics ...metric) {
		for _, m := range metrics {
			out <- m.desc
		}
	}
	send(users, indexBytes, restored, synced, lag, unreachable, foreign, losses, refilled, recorded, repeated, failures, locked, replaced, damaged, snapshotFailed)
	out <- commits
	if c.receiver != nil {
		send(requests, sentinels, quarantined, refused, reloads, notReloaded, heartbeat)
	}
	if len(c.pollers) > 0 {
		send(pollWaiting, pollChecked, pollOptedOut, pollDropped, pollFailures, pollSuccess)
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(out chan<- prometheus.Metric) {
	send := func(m metric, value float64) { out <- prometheus.MustNewConstMetric(m.desc, m.kind, value) }
	stats := c.store.Stats()
	collectStore(send, stats)
	out <- histogram(commits, stats.Commits)
	if c.receiver != nil {
		collectReceiver(send, c.receiver.Stats())
		send(notReloaded, flag(c.receiver.ReloadErr() != nil))
	}
	if len(c.pollers) > 0 {
		collectPoller(send, c.polled())
	}
}

func collectStore(send func(metric, float64), s optout.Stats) {
	send(users, float64(s.Users))
	send(indexBytes, float64(s.Bytes))
	send(restored, float64(s.Restored))
	send(synced, flag(s.Synced))
	send(lag, float64(s.Lag))
	send(unreachable, flag(s.Unreachable))
	send(foreign, float64(s.Foreign))
	send(losses, float64(s.Losses))
	send(refilled, float64(s.Refilled))
	send(recorded, float64(s.Recorded))
	send(repeated, float64(s.Repeated))
	send(failures, float64(s.Failures))
	send(locked, flag(s.Locked))
	send(replaced, flag(s.Replaced))
	send(damaged, flag(s.Damaged))
	send(snapshotFailed, flag(s.SnapshotFailed))
}

func collectReceiver(send func(metric, float64), s optout.ReceiverStats) {
	send(requests, float64(s.Requests))
	send(sentinels, float64(s.Sentinels))
	send(quarantined, float64(s.Quarantined))
	send(refused, float64(s.Refused))
	send(reloads, float64(s.Reloads))
	sendTime(send, heartbeat, s.Heartbeat)
}

func collectPoller(send func(metric, float64), s optout.PollerStats) {
	send(pollWaiting, float64(s.Waiting))
	send(pollChecked, float64(s.Checked))
	send(pollOptedOut, float64(s.OptedOut))
	send(pollDropped, float64(s.Dropped))
	send(pollFailures, float64(s.Failures))
	sendTime(send, pollSuccess, s.LastSuccess)
}

// polled adds up what the pollers did.
func (c collector) polled() (sum optout.PollerStats) {
	for i, poller := range c.pollers {
		s := poller.Stats()
		sum.Waiting += s.Waiting
		sum.Checked += s.Checked
		sum.OptedOut += s.OptedOut
		sum.Dropped += s.Dropped
		sum.Failures += s.Failures
		if i == 0 || s.LastSuccess.Before(sum.LastSuccess) {
			sum.LastSuccess = s.LastSuccess
		}
	}
	return sum
}

// sendTime leaves out what never happened.
func sendTime(send func(metric, float64), m metric, at time.Time) {
	if !at.IsZero() {
		send(m, float64(at.UnixNano())/1e9)
	}
}

func flag(set bool) float64 {
	if set {
		return 1
	}
	return 0
}

func histogram(desc *prometheus.Desc, l optout.Latency) prometheus.Metric {
	buckets := make(map[float64]uint64, len(l.Buckets))
	for bound, count := range l.Buckets {
		buckets[bound.Seconds()] = count
	}
	return prometheus.MustNewConstHistogram(desc, l.Count, l.Sum.Seconds(), buckets)
}
