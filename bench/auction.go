package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
)

// auctionSection measures what the module costs where it is: in Prebid Server's auctions.
func auctionSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "An auction in Prebid Server"
	s.About = "Real auctions in this process over HTTP, in both versions of Prebid Server, with three bidders over HTTP, of which one is listed. Auctions without a module, with one whose hooks do " +
		"nothing (twice: the second says how much is noise) and with ours take turns. Our part of an auction is by a profile of the processor: the samples with a function of ours on " +
		"the stack, with what the runtime does under it, of the samples of Prebid Server's goroutines, and of all, those of client, bidders and collector included."
	times := report.Table{Caption: "Auctions", Columns: []string{"", "µs", "× one that does nothing", "CPU µs", "×", "allocs", "bytes"}}
	parts := report.Table{Caption: "Our part", Columns: []string{"", "samples of Prebid Server", "ours", "part", "of it growing stacks", "allocating", "part of all samples"}}
	for _, version := range prebidServers {
		if err := auctionsOf(ctx, e, version, &times, &parts, &s.Goals); err != nil {
			return s, fmt.Errorf("%s: %w", version.name, err)
		}
	}
	s.Tables = []report.Table{times, parts}
	return s, nil
}

// auctionsOf measures auctions in one version of Prebid Server.
func auctionsOf(ctx context.Context, e effort, version prebidServer, times, parts *report.Table, goals *[]report.Goal) error {
	stand, err := newAuctionStand(ctx, version)
	if err != nil {
		return err
	}
	defer stand.close()
	for _, c := range stand.cases() {
		c.name = version.name + ", " + c.name
		rows, err := stand.compare(c, of(e, time.Second, 8*time.Second, 30*time.Second))
		if err != nil {
			return err
		}
		times.Rows = append(times.Rows, rows...)
		p, err := profiled(func() error { return play(stand.ours, c.request, of(e, time.Second, 15*time.Second, 90*time.Second)) })
		if err != nil {
			return err
		}
		got := sharesOf(p)
		parts.Rows = append(parts.Rows, got.row(c.name))
		if c.share > 0 {
			*goals = append(*goals,
				report.AtMost(c.name+": our part, of all samples", float64(part(got.ours, got.samples)), c.share),
				report.AtMost(c.name+": our part, of Prebid Server's samples", float64(part(got.ours, got.server)), c.share))
		}
	}
	return nil
}

// compare lets auctions with and without the module take turns.
func (s *auctionStand) compare(c auctionCase, budget time.Duration) (rows []report.Row, err error) {
	contenders := []struct {
		name   string
		server auctionServer
	}{{"a module that does nothing", s.idle}, {"the same again", s.idle}, {"no module", s.bare}, {"uid2.decrypt", s.ours}}
	var taking []turns.Contender
	for _, contender := range contenders {
		if err := auction(contender.server, c.request); err != nil {
			return nil, err
		}
		taking = append(taking, turns.Of(contender.name, func(int) { _ = auction(contender.server, c.request) }))
	}
	for i, r := range turns.Measure(budget, taking...) {
		allocs, bytes := allocated(1000, func() { _ = auction(contenders[i].server, c.request) })
		rows = append(rows, report.Row{Name: c.name + ": " + r.Name, Values: []report.Value{report.Value(r.Ns / 1e3), report.Value(r.Ratio), report.Value(r.CPUNs / 1e3), report.Value(r.CPURatio), allocs, bytes}})
	}
	return rows, nil
}

// allocated returns how much an operation allocates, whichever goroutine does.
func allocated(times int, op func()) (allocs, bytes report.Value) {
	var before, after runtime.MemStats
	op()
	runtime.ReadMemStats(&before)
	for range times {
		op()
	}
	runtime.ReadMemStats(&after)
	n := report.Value(times)
	return report.Value(after.Mallocs-before.Mallocs) / n, report.Value(after.TotalAlloc-before.TotalAlloc) / n
}

// play plays auctions, several at a time, for some time.
func play(server auctionServer, request []byte, long time.Duration) error {
	end := time.Now().Add(long)
	clients := 2 * runtime.GOMAXPROCS(0)
	errs := make(chan error, clients)
	var playing sync.WaitGroup
	for range clients {
		playing.Go(func() {
			for time.Now().Before(end) {
				if err := auction(server, request); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	playing.Wait()
	close(errs)
	return <-errs
}
