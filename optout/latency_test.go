package optout

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// TestLatency: buckets are cumulative, and the count includes everything.
func TestLatency(t *testing.T) {
	var l latency
	for _, took := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, 5 * time.Second, 6 * time.Second, time.Hour} {
		l.add(took)
	}
	r := l.read()
	if r.Count != 6 || r.Sum != time.Hour+11*time.Second+2*time.Millisecond+1 || len(r.Buckets) != len(latencyBounds) {
		t.Errorf("%+v", r)
	}
	for bound, want := range map[time.Duration]uint64{500 * time.Microsecond: 1, time.Millisecond: 2, 2500 * time.Microsecond: 3, time.Second: 3, 5 * time.Second: 4} {
		if r.Buckets[bound] != want {
			t.Errorf("%v: %d, want %d", bound, r.Buckets[bound], want)
		}
	}
	if got := slices.Sorted(maps.Keys(r.Buckets)); fmt.Sprint(got) != "[500µs 1ms 2.5ms 5ms 10ms 25ms 50ms 100ms 250ms 1s 5s]" || !slices.Equal(got, latencyBounds[:]) {
		t.Errorf("bounds %v, in the order %v", got, latencyBounds)
	}
}
