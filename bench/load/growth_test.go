package main

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// series makes up samples of a resource, one each five seconds for half an hour.
func series(value func(minutes float64) float64) (samples []sample) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 360 {
		at := time.Duration(i) * 5 * time.Second
		samples = append(samples, sample{at: start.Add(at), heap: value(at.Minutes())})
	}
	return samples
}

func TestGrowth(t *testing.T) {
	heap := resource{"heap", "MB", func(s sample) float64 { return s.heap }, 1e6, 1, 0.03}
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(mb float64) float64 { return random.NormFloat64() * mb * 1e6 }
	for _, test := range []struct {
		name  string
		value func(minutes float64) float64
		grows bool
	}{
		{"still", func(float64) float64 { return 30e6 }, false},
		{"noise", func(float64) float64 { return 30e6 + noise(3) }, false},
		{"noise and a few odd ones", func(m float64) float64 { return 30e6 + noise(0.1) + 500e6*math.Floor(math.Mod(m, 3)/2.9) }, false},
		{"a saw", func(m float64) float64 { return 30e6 + 8e6*math.Mod(m, 1) }, false},
		{"warms up", func(m float64) float64 { return 30e6 - 20e6*math.Exp(-m/3) + noise(0.2) }, false},
		{"a trend that is less than noise", func(m float64) float64 { return 30e6 + 0.02e6*m }, false},
		{"falls", func(m float64) float64 { return 90e6 - 2e6*m }, false},
		{"leaks", func(m float64) float64 { return 30e6 + 0.15e6*m + noise(0.3) }, true},
		{"leaks under a saw", func(m float64) float64 { return 30e6 + 0.3e6*m + 8e6*math.Mod(m, 1) }, true},
		{"warms up and leaks", func(m float64) float64 { return 40e6 - 20e6*math.Exp(-m/2) + 0.3e6*m + noise(0.3) }, true},
		{"begins to leak in the middle", func(m float64) float64 { return 30e6 + 0.5e6*max(0, m-20) + noise(0.3) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			first, second, grows := heap.judge(warm(series(test.value), 6*time.Minute))
			if grows != test.grows {
				t.Errorf("grows: %t; first half %+v, second half %+v", grows, first, second)
			}
		})
	}
}

// The trend is in units over the whole of the samples.
func TestTrend(t *testing.T) {
	g := resources[1].trendOf(series(func(m float64) float64 { return 10e6 + 1e6*m }))
	if math.Abs(g.trend-29.92) > 0.05 || math.Abs(g.level-25) > 0.2 || g.z < 20 {
		t.Errorf("%+v", g)
	}
	if g := resources[1].trendOf(nil); g != (growth{}) {
		t.Errorf("of nothing: %+v", g)
	}
}

func TestGrown(t *testing.T) {
	if all := grown(series(func(m float64) float64 { return 10e6 + 1e6*m })); len(all) != 1 {
		t.Errorf("grown: %q", all)
	}
	if all := grown(nil); all != nil {
		t.Errorf("without samples: %q", all)
	}
}

func TestWarm(t *testing.T) {
	all := series(func(m float64) float64 { return m })
	if rest := warm(all, time.Minute); len(rest) != 348 || rest[0].heap != 1 {
		t.Errorf("%d are left", len(rest))
	}
	if rest := warm(all, time.Hour); rest != nil {
		t.Errorf("%d are left", len(rest))
	}
}
