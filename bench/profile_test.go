package main

import (
	"testing"

	"github.com/google/pprof/profile"
)

// sampled makes samples of a stack, the innermost function first.
func sampled(n int64, side string, stack ...string) *profile.Sample {
	s := &profile.Sample{Value: []int64{n, 0}, Label: map[string][]string{sideLabel: {side}}}
	for _, name := range stack {
		s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
	}
	return s
}

// TestSharesOf: ours is what has a function of the module on its stack, with the runtime's work under it, and nothing of the stand
// around Prebid Server.
func TestSharesOf(t *testing.T) {
	const (
		us     = "github.com/uid2rtb/uid2rtb/"
		hook   = us + "module/v3.(*Module).HandleBidderRequestHook"
		around = us + "internal/httpserver.New.func1"
	)
	got := sharesOf(&profile.Profile{Sample: []*profile.Sample{
		sampled(1, serverSide, us+"codec.Parse", hook, "executeHook", around),
		sampled(2, serverSide, "runtime.copystack", "runtime.newstack", us+"openrtb.UIDs", hook),
		sampled(4, serverSide, "runtime.nextFreeFast", "runtime.mallocgc", hook),
		sampled(8, serverSide, "runtime.newstack", "encoding/json.Marshal", around),
		sampled(16, serverSide, "runtime.mallocgc", "executeHook"),
		sampled(32, "", us+"module/v3/pbstest.(*DSP).ServeHTTP"),
		sampled(64, "", "runtime.gcBgMarkWorker"),
		sampled(128, serverSide, us+"bench.noop.HandleBidderRequestHook", "executeHook"),
	}})
	if want := (shares{samples: 255, server: 159, ours: 7, growing: 2, memory: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestProfiled: a profile is read back, and there is one at a time.
func TestProfiled(t *testing.T) {
	if _, err := profiled(func() error { _, err := profiled(func() error { return nil }); return err }); err == nil {
		t.Error("two profiles at once")
	}
	p, err := profiled(func() error { return nil })
	if err != nil || len(p.SampleType) == 0 {
		t.Errorf("%v, %v", p, err)
	}
}

// TestAuctions: one turn of each kind of auction in each version, which all succeed.
func TestAuctions(t *testing.T) {
	for _, version := range prebidServers {
		t.Run(version.name, func(t *testing.T) { testAuctions(t, version) })
	}
}

func testAuctions(t *testing.T, version prebidServer) {
	stand, err := newAuctionStand(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	defer stand.close()
	for _, c := range stand.cases() {
		if err := play(stand.ours, c.request, 0); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := auction(stand.ours, c.request); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got := stand.dsp.Count(auctionBidders[0]); got != 3 {
		t.Errorf("the listed bidder got %d requests", got)
	}
	if err := play(stand.ours, []byte("no request"), 1<<40); err == nil {
		t.Error("no error")
	}
}
