package sidecar

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// endpoint is what a request was for.
type endpoint uint8

const (
	annotating endpoint = iota
	judging
	operations
	refused // it was no request
	endpoints
)

var endpointNames = [endpoints]string{"annotate", "tokens", "operations", "none"}

// statuses are those that the server answers, the last one standing for all others.
var statuses = [...]int{200, 400, 401, 404, 405, 408, 413, 415, 431, 503, 500}

var statusNames = [len(statuses)]string{"200", "400", "401", "404", "405", "408", "413", "415", "431", "503", "500"}

// limits are the upper limits of the buckets of durations.
var limits = [...]time.Duration{
	5 * time.Microsecond, 10 * time.Microsecond, 25 * time.Microsecond, 50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond,
	time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, time.Second, 5 * time.Second,
}

// requests counts requests, and how long their answers took. There are several of each counter, so
// that processors don't wait for each other's cache lines.
type requests struct {
	shards [64]requestsShard // more processors share them
	next   atomic.Uint32
	own    sync.Pool // of *requestsShard, which the pool may forget
}

type requestsShard struct {
	byStatus [endpoints][len(statuses)]atomic.Uint64
	buckets  [endpoints][len(limits) + 1]atomic.Uint64
	sums     [endpoints]atomic.Int64 // nanoseconds
	_        [128]byte               // no cache line has counters of two shards
}

func newRequests() *requests {
	r := new(requests)
	r.own.New = func() any { return &r.shards[r.next.Add(1)%uint32(len(r.shards))] }
	return r
}

func (r *requests) add(e endpoint, status int, took time.Duration) {
	shard := r.own.Get().(*requestsShard)
	defer r.own.Put(shard)
	shard.byStatus[e][statusIndex(status)].Add(1)
	bucket := 0
	for bucket < len(limits) && took > limits[bucket] {
		bucket++
	}
	shard.buckets[e][bucket].Add(1)
	shard.sums[e].Add(int64(took))
}

func statusIndex(status int) int {
	for i, known := range statuses {
		if known == status {
			return i
		}
	}
	return len(statuses) - 1
}

var (
	answers = prometheus.NewDesc("uid2_sidecar_requests_total", "Requests answered, by endpoint and status.", []string{"endpoint", "status"}, nil)
	took    = prometheus.NewDesc("uid2_sidecar_request_duration_seconds", "From the end of a request's header until its answer is ready to be sent.", []string{"endpoint"}, nil)
)

// Describe implements [prometheus.Collector].
func (r *requests) Describe(out chan<- *prometheus.Desc) {
	out <- answers
	out <- took
}

// Collect implements [prometheus.Collector].
func (r *requests) Collect(out chan<- prometheus.Metric) {
	for e := range endpoints {
		var byStatus [len(statuses)]uint64
		var buckets [len(limits) + 1]uint64
		var sum time.Duration
		for i := range r.shards {
			shard := &r.shards[i]
			addTo(byStatus[:], shard.byStatus[e][:])
			addTo(buckets[:], shard.buckets[e][:])
			sum += time.Duration(shard.sums[e].Load())
		}
		for i, count := range byStatus {
			out <- prometheus.MustNewConstMetric(answers, prometheus.CounterValue, float64(count), endpointNames[e], statusNames[i])
		}
		out <- histogram(buckets[:], sum, endpointNames[e])
	}
}

func addTo(sums []uint64, counters []atomic.Uint64) {
	for i := range counters {
		sums[i] += counters[i].Load()
	}
}

func histogram(buckets []uint64, sum time.Duration, endpoint string) prometheus.Metric {
	upTo, count := make(map[float64]uint64, len(limits)), uint64(0)
	for i, limit := range limits {
		count += buckets[i]
		upTo[limit.Seconds()] = count
	}
	return prometheus.MustNewConstHistogram(took, count+buckets[len(limits)], sum.Seconds(), upTo, endpoint)
}
