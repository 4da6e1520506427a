// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

//go:build unix && go1.24

package module_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// BenchmarkDebugAuctions compares the processor time of auctions with 64 tokens and test: 1, which Prebid Server answers
// with every bidder's request and response, with that of the same auctions without the module: the figure of each is how
// many times as much it takes. They take turns, all in one process, bidders included.
func BenchmarkDebugAuctions(b *testing.B) {
	for _, size := range []int{16 << 10, 65 << 10} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) { debugAuctions(b, size) })
	}
}

func debugAuctions(b *testing.B, size int) {
	dsp := pbstest.DSPConfig{Keep: -1}
	settings := []struct {
		name   string
		config map[string]any
	}{
		{"withheld", nil},
		{"raw_in_debug", map[string]any{"raw_in_debug": true}},
		{"raw_in_debug+redact_bids", map[string]any{"raw_in_debug": true, "redact_bids": true}},
	}
	var servers []*pbstest.Server
	var requests [][]byte
	for _, setting := range settings {
		s := newStand(b, setup{config: setting.config, dsp: dsp, pbs: pbstest.Config{Stages: allStages}})
		servers, requests = append(servers, s.pbs), append(requests, debugRequest(s, size))
		if len(servers) == 1 {
			bare, err := pbstest.New(pbstest.Config{Bidders: s.bidders()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { bare.Close() })
			servers, requests = append(servers, bare), append(requests, requests[0])
		}
	}
	servers[0], servers[1] = servers[1], servers[0] // without the module first
	play := func(i int) time.Duration {
		before := processorTime(b)
		if status, _, err := servers[i].Auction(context.Background(), requests[i]); err != nil || status != 200 {
			b.Fatal(status, err)
		}
		return processorTime(b) - before
	}
	for i := range servers {
		play(i) // connects, and is the debug auction that is withheld
	}
	times := make([]time.Duration, len(servers))
	for b.Loop() {
		for i := range servers {
			times[i] += play(i)
		}
	}
	b.ReportMetric(times[0].Seconds()*1e3/float64(b.N), "ms-without")
	for i, setting := range settings {
		b.ReportMetric(times[i+1].Seconds()/times[0].Seconds(), "x-"+setting.name)
	}
}

// debugRequest has 64 tokens of different people, and is filled up to a size.
func debugRequest(s *stand, size int) []byte {
	tokens := make([]string, 64)
	for i := range tokens {
		tokens[i] = s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: fmt.Sprintf("user%d@example.com", i)})
	}
	request := func(filler int) []byte {
		return s.request("", map[string]any{
			"test": 1,
			"user": map[string]any{"eids": eids(tokens...)},
			"site": map[string]any{"domain": "example.com", "page": "https://example.com/", "publisher": map[string]any{"id": "account"},
				"ext": map[string]any{"data": strings.Repeat("some words of a publisher, ", filler)}},
		})
	}
	return request(max(0, size-len(request(0))) / 27)
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
