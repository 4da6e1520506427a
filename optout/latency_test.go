package optout

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// TestLatency: each bucket has what took at most so long, and the count all of it.
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
	if !slices.Equal(slices.Sorted(maps.Keys(r.Buckets)), latencyBounds[:]) {
		t.Error("the bounds don't rise")
	}
}
