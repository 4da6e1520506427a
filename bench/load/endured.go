package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

// err says what was wrong.
func (r *endured) err() error {
	if len(r.wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(r.wrong, "\n"))
}

// section shows it.
func (r *endured) section(v pbstree.Version) report.Section {
	s := report.Section{Name: "endurance-" + v.Major, Title: "Prebid Server " + v.Release + " for " + r.long.String()}
	s.About = fmt.Sprintf("%g auctions/s; new keys and tokens every %v, the keys before the last ones dropped; an opt-out every %v, and one of a user who comes in auctions, also meanwhile, every %v; "+
		"an account that changes every %v; clients that go away. A sample every %v, after a collection of garbage; the first %v don't count. A resource grows if the second half of the samples has "+
		"a trend (Mann and Kendall, %d standard deviations) of more than noise (Theil and Sen).",
		r.rate, r.rotate, r.strangers, r.leavers, r.account, r.sample, r.warm, significant)
	trends := report.Table{Caption: "Growth", Columns: []string{"", "first sample", "median", "first half", "second half", "standard deviations", "noise"}}
	counted := warm(r.samples, r.warm)
	for _, resource := range resources {
		first, second, grows := resource.judge(counted)
		noise := resource.noise(second)
		trends.Rows = append(trends.Rows, row(strings.TrimSpace(resource.name+" "+resource.unit), resource.of(r.samples[0])/resource.per, second.level, first.trend, second.trend, second.z, noise))
		s.Goals = append(s.Goals, report.Goal{What: strings.TrimSpace(resource.name + ", growth in the second half " + resource.unit), Value: second.trend, AtMost: noise, Met: !grows})
		s.Plots = append(s.Plots, resource.plot(r.samples))
	}
	s.Tables = append(s.Tables, r.events(), trends)
	return s
}

// events counts what happened.
func (r *endured) events() report.Table {
	t := report.Table{Caption: "What happened, load average " + r.load[0] + " to " + r.load[1], Columns: []string{"", ""}}
	for _, event := range []struct {
		name string
		n    float64
	}{
		{"auctions", float64(r.played)}, {"clients that gave up", float64(r.canceled)}, {"raw UIDs for the listed bidder", float64(r.raw)},
		{"requests to it without, after an opt-out", float64(r.optedOut)}, {"opt-outs acknowledged", float64(r.optOuts)}, {"new keys", float64(r.rotated)},
		{"p50 ms", ms(r.took.ValueAtQuantile(50))}, {"p99 ms", ms(r.took.ValueAtQuantile(99))}, {"p99.9 ms", ms(r.took.ValueAtQuantile(99.9))},
		{"failures", float64(r.failed)}, {"faults in all", float64(len(r.wrong))},
	} {
		t.Rows = append(t.Rows, row(event.name, event.n))
	}
	return t
}

func (r resource) plot(samples []sample) report.Chart {
	line := report.Line{Name: r.name}
	for _, s := range samples {
		line.Add(s.at.Sub(samples[0].at).Minutes(), r.of(s)/r.per)
	}
	return report.Chart{Title: r.name, X: "minutes", Y: r.unit, Lines: []report.Line{line}}
}
