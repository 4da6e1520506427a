package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/pbstree"
	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// load is what is measured: servers with and without the module take turns.
type load struct {
	rates []float64     // auctions a second
	long  time.Duration // of a turn
	turns int
}

const (
	loadUsers = 1000
	// warmUp comes before each turn, for connections and caches.
	warmUp = 3 * time.Second
)

// contender is a server with requests of one kind.
type contender struct {
	name   string
	player *player
	uid2   bool
	turns  []turn
}

// turn is what came of a contender's turn.
type turn struct {
	outcome
	dropped       int
	before, after sample
	during        sample // in the middle, without what the runtime says of its memory
	load          string // average of the machine
}

// measure plays auctions with one version of Prebid Server and returns the tables.
func (l load) measure(ctx context.Context, v pbstree.Version, server *pbstree.Built) (s report.Section, err error) {
	w, err := newWorld(loadUsers)
	if err != nil {
		return s, err
	}
	defer w.close()
	var players []*player
	for _, module := range []bool{false, true} {
		h, err := startHost(w, server, module)
		if err != nil {
			return s, err
		}
		defer h.close()
		p := newPlayer(h)
		defer p.close()
		players = append(players, p)
	}
	for i, u := range w.users {
		if i%20 != 0 {
			continue
		}
		if err := players[1].host.optOut(players[1].client, u.raw); err != nil {
			return s, err
		}
		u.gone.Store(time.Now().UnixNano())
	}
	s.Name, s.Title = "load-"+v.Major, "Prebid Server "+v.Release+" under load"
	s.About = about
	var failures []error
	for _, rate := range l.rates {
		contenders := contendersOf(players)
		if err := l.takeTurns(ctx, rate, contenders); err != nil {
			return s, err
		}
		s.Tables = append(s.Tables, tableOf(rate, l.long, contenders), turnsOf(rate, contenders))
		s.Plots = append(s.Plots, latencies(rate, contenders))
		failures = append(failures, failuresOf(rate, contenders)...)
	}
	return s, errors.Join(append(failures, w.fault(), stopAll(players))...)
}

// failuresOf are the auctions that failed, which makes a measurement one of what a server can't take.
func failuresOf(rate float64, contenders []*contender) (all []error) {
	for _, c := range contenders {
		for i, t := range c.turns {
			if t.failed > 0 {
				all = append(all, fmt.Errorf("%s, %g/s, turn %d: %s failed: %s", c.name, rate, i+1, plural.Count(t.failed, "auction"), strings.Join(t.errors, "; ")))
			}
		}
	}
	return all
}

// contendersOf are all of a rate, each without the module before the one with it.
func contendersOf(players []*player) (all []*contender) {
	for _, kind := range []struct {
		name string
		uid2 bool
	}{{"a UID2", true}, {"no UID2", false}} {
		for i, server := range []string{"no module", "uid2.decrypt"} {
			all = append(all, &contender{name: kind.name + ": " + server, player: players[i], uid2: kind.uid2})
		}
	}
	return all
}

// takeTurns gives each contender its turns, forwards and backwards.
func (l load) takeTurns(ctx context.Context, rate float64, contenders []*contender) error {
	order := slices.Clone(contenders)
	for range l.turns {
		for _, c := range order {
			if err := c.take(ctx, rate, l.long); err != nil {
				return fmt.Errorf("%s, %g/s: %w", c.name, rate, err)
			}
		}
		slices.Reverse(order)
	}
	return nil
}

// take is one turn.
func (c *contender) take(ctx context.Context, rate float64, long time.Duration) (err error) {
	var t turn
	openLoop(ctx, rate, warmUp, c.play)
	c.player.takeOutcome()
	if t.before, err = sampleOf(c.player.host, false); err != nil {
		return err
	}
	t.load = report.ThisMachine().Load
	during := make(chan error, 1)
	time.AfterFunc(long/2, func() {
		var err error
		t.during, err = sampleOf(c.player.host, false)
		during <- err
	})
	_, t.dropped = openLoop(ctx, rate, long, c.play)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := <-during; err != nil {
		return err
	}
	if t.after, err = sampleOf(c.player.host, false); err != nil {
		return err
	}
	t.outcome = c.player.takeOutcome()
	c.turns = append(c.turns, t)
	return nil
}

func (c *contender) play(_ int, due time.Time) {
	a := auction{user: -1, sent: time.Now(), account: steady, strict: c.player.host.Module}
	if c.uid2 {
		a.user = rand.IntN(loadUsers)
	}
	c.player.play(a, due, 0)
}

// fault is what bidders got and shouldn't have, or the other way round.
func (w *world) fault() error {
	if wrong := w.bidders.wrong(); len(wrong) > 0 {
		return fmt.Errorf("%v", wrong)
	}
	return nil
}

func stopAll(players []*player) (err error) {
	for _, p := range players {
		err = errors.Join(err, p.host.Stop())
	}
	return err
}

// total adds up the turns of a contender.
func (c *contender) total() (sum struct {
	played, failed, dropped float64
	cpu                     time.Duration
	mallocs, allocated, gcs float64
	rss, goroutines         float64
	took                    *hdrhistogram.Histogram
}) {
	sum.took = hdrhistogram.New(shortest, longest, 3)
	for _, t := range c.turns {
		sum.played += float64(t.played)
		sum.failed += float64(t.failed)
		sum.dropped += float64(t.dropped)
		sum.cpu += t.after.cpu - t.before.cpu
		sum.mallocs += t.after.mallocs - t.before.mallocs
		sum.allocated += t.after.allocated - t.before.allocated
		sum.gcs += t.after.gcs - t.before.gcs
		sum.rss = max(sum.rss, t.during.rss)
		sum.goroutines = max(sum.goroutines, t.during.goroutines)
		sum.took.Merge(t.took)
	}
	return sum
}
