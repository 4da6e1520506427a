package record

import (
	"slices"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// bounds are the upper ends of the histogram's buckets in microseconds.
var bounds = []float64{5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 5_000_000}

// maxDurations is how many durations the quantiles are taken of.
const maxDurations = 10_000

// Durations counts durations. Its zero value has none.
type Durations struct {
	mu      sync.Mutex
	latest  []float64 // microseconds; a ring once it is full
	buckets [13]int64
	count   int64
}

// Add counts a duration.
func (d *Durations) Add(took time.Duration) {
	us := microseconds(took)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.latest) < maxDurations {
		d.latest = append(d.latest, us)
	} else {
		d.latest[d.count%maxDurations] = us
	}
	d.count++
	i, _ := slices.BinarySearch(bounds, us)
	d.buckets[min(i, len(bounds)-1)]++
}

// Histogram returns what was counted: all of it in the buckets, and the latest in the quantiles.
func (d *Durations) Histogram() page.Histogram {
	d.mu.Lock()
	sorted := slices.Clone(d.latest)
	h := page.Histogram{Count: d.count}
	for i, count := range d.buckets {
		h.Buckets = append(h.Buckets, page.Bucket{UpToUs: bounds[i], Count: count})
	}
	d.mu.Unlock()
	slices.Sort(sorted)
	if n := len(sorted); n > 0 {
		h.P50Us, h.P99Us = sorted[n/2], sorted[min(n-1, n*99/100)]
	}
	return h
}
