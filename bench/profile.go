package main

import (
	"bytes"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// Goroutines are labelled with the side that they belong to. Those without a label are the runtime's, such as those of the
// collector.
const (
	sideLabel  = "side"
	serverSide = "server"
)

// shares says where the processor's time went.
type shares struct {
	samples int64 // of everything in the process
	server  int64 // those of goroutines of Prebid Server
	ours    int64 // those with a function of this module's packages on the stack, with the runtime's work under it
	growing int64 // of ours, those in which the goroutine's stack grows
	memory  int64 // of ours, those that allocate, or help the collector
}

// profiled takes a profile of what run does.
func profiled(run func() error) (*profile.Profile, error) {
	var written bytes.Buffer
	if err := pprof.StartCPUProfile(&written); err != nil {
		return nil, advice.Wrap("the section's own profile can't be taken", err, "leave out -cpuprofile")
	}
	err := run()
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	return profile.Parse(&written)
}

func sharesOf(p *profile.Profile) (s shares) {
	for _, sample := range p.Sample {
		n := sample.Value[0]
		s.samples += n
		if !slices.Contains(sample.Label[sideLabel], serverSide) {
			continue
		}
		s.server += n
		under, ours := underOurs(sample)
		if !ours {
			continue
		}
		s.ours += n
		if slices.ContainsFunc(under, func(f string) bool { return f == "runtime.newstack" }) {
			s.growing += n
		} else if slices.ContainsFunc(under, func(f string) bool { return f == "runtime.mallocgc" || f == "runtime.gcAssistAlloc" }) {
			s.memory += n
		}
	}
	return s
}

// row is the shares' row in the table.
func (s shares) row(name string) report.Row {
	return report.Row{Name: name, Values: []report.Value{report.Value(s.server), report.Value(s.ours), part(s.ours, s.server), part(s.growing, s.ours), part(s.memory, s.ours), part(s.ours, s.samples)}}
}

// part is n as a part of all.
func part(n, all int64) report.Value { return report.Value(float64(n) / float64(max(all, 1))) }

// underOurs returns the functions of a stack that a function of the module called, and reports whether there is one of the
// module's in it.
func underOurs(sample *profile.Sample) (under []string, ours bool) {
	for _, location := range sample.Location { // the innermost first
		for _, line := range location.Line {
			if isOurs(line.Function.Name) {
				return under, true
			}
			under = append(under, line.Function.Name)
		}
	}
	return nil, false
}

// isOurs reports whether a function is part of the module: not of Prebid Server's stand or of this program.
func isOurs(function string) bool {
	name, ok := strings.CutPrefix(function, "github.com/uid2rtb/uid2rtb/")
	return ok && !slices.ContainsFunc([]string{"module/v3/pbstest.", "module/v4/pbstest.", "internal/httpserver.", "bench.", "bench/", "uid2test."},
		func(other string) bool { return strings.HasPrefix(name, other) })
}
