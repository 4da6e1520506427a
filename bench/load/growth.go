package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// resource is something of which a server must not take more and more.
type resource struct {
	name, unit string
	of         func(sample) float64
	per        float64 // what a unit is
	floor      float64 // growth up to this is noise, in units
	part       float64 // and so is this part of what there is
}

var resources = []resource{
	{"RSS", "MB", func(s sample) float64 { return s.rss }, 1e6, 8, 0.06},
	{"heap after a collection", "MB", func(s sample) float64 { return s.heap }, 1e6, 1, 0.03},
	{"goroutines", "", func(s sample) float64 { return s.goroutines }, 1, 15, 0.05},
	{"file descriptors", "", func(s sample) float64 { return s.files }, 1, 15, 0.05},
}

// significant is how far from chance a trend must be, in standard deviations.
const significant = 3

// growth is the trend of a resource in a part of a run.
type growth struct {
	trend float64 // by how much it grows over the part, in units
	z     float64 // how many standard deviations of chance the trend is
	level float64 // the median, in units
}

// trendOf finds the trend: the median of the slopes between any two samples (Theil and Sen), which
// a few odd samples don't move, and Mann and Kendall's test of whether there is one.
func (r resource) trendOf(samples []sample) (g growth) {
	n := len(samples)
	if n < 3 {
		return g
	}
	var slopes, values []float64
	rising := 0
	for i, later := range samples {
		values = append(values, r.of(later)/r.per)
		for _, earlier := range samples[:i] {
			rise := (r.of(later) - r.of(earlier)) / r.per
			slopes = append(slopes, rise/later.at.Sub(earlier.at).Seconds())
			rising += sign(rise)
		}
	}
	g.trend = median(slopes) * samples[n-1].at.Sub(samples[0].at).Seconds()
	g.level = median(values)
	deviation := math.Sqrt(float64(n*(n-1)*(2*n+5)) / 18)
	g.z = float64(rising-sign(float64(rising))) / deviation
	return g
}

// judge has the trends of both halves of a run. What warms up grows in the first half, what leaks goes
// on: the resource grows if the second half has a trend upwards that isn't chance and is more than
// noise.
func (r resource) judge(samples []sample) (first, second growth, grows bool) {
	half := len(samples) / 2
	first, second = r.trendOf(samples[:half]), r.trendOf(samples[half:])
	return first, second, second.z >= significant && second.trend > r.noise(second)
}

// noise is what may be growth or not.
func (r resource) noise(g growth) float64 { return max(r.floor, r.part*g.level) }

// grown says what grew.
func grown(samples []sample) (all []string) {
	for _, r := range resources {
		if first, second, grows := r.judge(samples); grows {
			all = append(all, fmt.Sprintf("%s grew by %.3g %s in the second half, %.3g in the first", r.name, second.trend, r.unit, first.trend))
		}
	}
	return all
}

// warm leaves out the samples of the first part of a run, in which pools, caches and connections fill.
func warm(samples []sample, long time.Duration) []sample {
	for i, s := range samples {
		if s.at.Sub(samples[0].at) >= long {
			return samples[i:]
		}
	}
	return nil
}

func sign(f float64) int {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return 0
}

// median is the middle one; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
