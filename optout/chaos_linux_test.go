//go:build go1.25

package optout_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/disktest"
)

var (
	chaosFor  = flag.Duration("chaos", 0, "for how long TestFleetChaos does everything to a fleet; 0: the mild things, once each")
	chaosOnly = flag.String("event", "", "have TestFleetChaos with -chaos do only what has this in its name")
	chaosSeed = flag.Uint64("seed", 1, "what TestFleetChaos does, and in which order")
)

// chaosInside, in the environment, tells TestFleetChaos that it runs in a process that may mount
// file systems.
const chaosInside = "OPTOUT_TEST_CHAOS"

// TestFleetChaos disrupts three NATS servers and three nodes, each in a process of its own, while
// opt-outs arrive: it kills them, suspends them, fills their disks. After each event, every
// acknowledged opt-out must be known on every node within 10 s, and at no time may a node that
// claims to be synced answer "not opted out" for one. See model for the exact rule.
//
// By default it is short. To run everything for ten minutes, or a single event:
//
//	go test -run '^TestFleetChaos$' -v -timeout 20m ./optout -args -chaos 10m -seed 7
//	go test -run '^TestFleetChaos$' -v -timeout 20m ./optout -args -chaos 1m -event purged
func TestFleetChaos(t *testing.T) {
	inside := os.Getenv(chaosInside) != ""
	if inside {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(1) // the process that started it has ended
		}()
	} else if *chaosFor > 0 && chaosWithDisks(t) {
		return
	}
	smallDisks := inside && mayMount(t)
	f := newChaosFleet(t, *chaosSeed, smallDisks)
	f.mustSync(t)
	f.begun = time.Now()
	events := f.choose(smallDisks)
	if len(events) == 0 {
		t.Fatalf("there is no event %q here", *chaosOnly)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	strangers := f.work(ctx, &work)
	f.unleash(ctx, events)
	cancel()
	work.Wait()
	var table strings.Builder
	sum := f.model.report(&table)
	t.Logf("seed %d\n%s%d answers about strangers", *chaosSeed, table.String(), strangers.asked.Load())
	if f.broken > 0 {
		t.Errorf("%d events failed, so they prove nothing", f.broken)
	}
	if sum.failed() || strangers.wrong.Load() > 0 {
		t.Errorf("something acknowledged is missing or was denied, see above; %d wrong answers about strangers", strangers.wrong.Load())
	}
}

// chaosWithDisks runs the test in a process of its own that may mount small file systems, and
// reports whether that was possible.
func chaosWithDisks(t *testing.T) bool {
	c := exec.Command(os.Args[0], "-test.run=^TestFleetChaos$", "-test.v", "-test.timeout=0",
		"-chaos="+chaosFor.String(), "-event="+*chaosOnly, fmt.Sprintf("-seed=%d", *chaosSeed))
	c.Env = append(os.Environ(), chaosInside+"=1")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = disktest.OwnFileSystems()
	if _, err := c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Logf("no file systems of its own here (%v): no disk gets full", err)
		return false
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	return true
}

// choose returns the events to run: the mild ones, or all that are possible here.
func (f *chaosFleet) choose(smallDisks bool) (chosen []chaosEvent) {
	for _, e := range chaosEvents {
		if (e.mild || *chaosFor > 0) && (smallDisks || !e.disk) && strings.Contains(e.kind, *chaosOnly) {
			chosen = append(chosen, e)
		}
	}
	return chosen
}

// unleash runs the events in random order, again and again, until the time is over.
func (f *chaosFleet) unleash(ctx context.Context, events []chaosEvent) {
	for {
		f.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, e := range events {
			if *chaosFor > 0 && time.Since(f.begun) > *chaosFor {
				return
			}
			f.round(ctx, e)
		}
		if *chaosFor == 0 {
			return
		}
	}
}

// round runs an event, heals it, and checks that nothing is lost.
func (f *chaosFleet) round(ctx context.Context, e chaosEvent) {
	f.model.begin(e.kind)
	if !e.mild && !e.ofNode && f.random.IntN(2) == 0 {
		absent := f.anyNode() // comes back when the world has changed
		absent.kill()
		f.logf("%s, while %s is away", e.kind, absent.name)
		pause(ctx, propagation) // so that what it acknowledged last is known elsewhere too
	} else {
		f.logf("%s", e.kind)
	}
	err := e.run(ctx, f)
	if err := errors.Join(err, f.startAll(), f.waitWhole(ctx)); err != nil {
		f.logf("    the harness, or a server: %v", err)
		f.broken++
	}
	f.model.heal()
	f.check(ctx)
	if *chaosFor > 0 {
		f.checkNewcomer(ctx)
	}
}

// check waits until everything that was acknowledged is known everywhere, within the time allowed.
func (f *chaosFleet) check(ctx context.Context) {
	healed := time.Now()
	for {
		answers := f.askAll(ctx, f.model.end())
		missing, nowhere := f.model.unknown(healed, answers)
		ready := len(missing) == 0 && f.allSynced(ctx) == nil
		took := time.Since(healed)
		if !ready && took < healing {
			pause(ctx, 50*time.Millisecond)
			continue
		}
		f.model.conclude(took, ready, missing, nowhere)
		if ready {
			f.logf("    known everywhere after %.1f s", took.Seconds())
			return
		}
		f.logf("    NOT healed: %d missing somewhere, %d everywhere", len(missing), nowhere)
		f.rescue(ctx)
		return
	}
}

// checkNewcomer lets a new node without data join: what it doesn't know once it is synced would be
// lost with the others' files.
func (f *chaosFleet) checkNewcomer(ctx context.Context) {
	dir, err := os.MkdirTemp(f.dir, "newcomer")
	if err != nil {
		f.logf("the harness: %v", err)
		return
	}
	defer os.RemoveAll(dir)
	n := &fleetNode{name: "a newcomer", dir: dir, urls: f.servers.URLs()}
	before := time.Now()
	if err := n.start(); err != nil {
		f.logf("the harness: %v", err)
		return
	}
	defer n.kill()
	var a answer
	for !a.synced && time.Since(before) < healing {
		pause(ctx, 20*time.Millisecond)
		a, _ = n.ask(ctx, 0, f.model.end())
	}
	if !a.synced {
		f.logf("    a newcomer isn't synced in time: %s", n.trouble(ctx))
	}
	if missing := f.model.newcomer(before, a); missing > 0 || !a.synced {
		f.logf("    a newcomer lacks %d that none before lacked", missing)
	}
}

// allSynced returns an error that names a node that isn't synced.
func (f *chaosFleet) allSynced(ctx context.Context) error {
	for i, a := range f.askAll(ctx, 1) {
		if !a.synced {
			return fmt.Errorf("%s isn't synced", f.nodes[i].name)
		}
	}
	return nil
}

// mustSync waits until all nodes of a new fleet are synced.
func (f *chaosFleet) mustSync(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; pause(t.Context(), 50*time.Millisecond) {
		err := f.allSynced(t.Context())
		if err == nil {
			err = f.waitWhole(t.Context())
		}
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// rescue restarts nodes that don't become synced, so that later events aren't blamed for it.
func (f *chaosFleet) rescue(ctx context.Context) {
	for i, a := range f.askAll(ctx, 1) {
		if a.synced && !a.away {
			continue
		}
		n := f.nodes[i]
		f.logf("    %s: %s; it is started again by hand", n.name, n.trouble(ctx))
		n.kill()
		if err := n.start(); err != nil {
			f.logf("    %v", err)
		}
	}
	pause(ctx, propagation)
}

// strangers are users who never opted out.
type strangers struct{ asked, wrong atomic.Int64 }

// strangersFrom is the number of the first such user.
const strangersFrom = 1 << 40

// work sends opt-outs, and questions to nodes, until ctx ends.
func (f *chaosFleet) work(ctx context.Context, work *sync.WaitGroup) *strangers {
	var next atomic.Uint64
	var s strangers
	for i := range 6 {
		work.Go(func() { f.send(ctx, rand.New(rand.NewPCG(*chaosSeed, uint64(i+1))), &next) })
	}
	for _, n := range f.nodes {
		work.Go(func() { f.interrogate(ctx, n, &s) })
	}
	return &s
}

// send sends opt-outs of new users, each to one node after another until one of them acknowledges
// it, and from time to time repeats an old one.
func (f *chaosFleet) send(ctx context.Context, random *rand.Rand, next *atomic.Uint64) {
	for ctx.Err() == nil {
		number := next.Add(1)
		if random.IntN(10) == 0 {
			number = 1 + random.Uint64N(number)
		}
		for tries := 0; tries < 5 && !f.sendTo(ctx, f.nodes[random.IntN(len(f.nodes))], number); tries++ {
			pause(ctx, 100*time.Millisecond)
		}
		pause(ctx, 30*time.Millisecond)
	}
}

func (f *chaosFleet) sendTo(ctx context.Context, n *fleetNode, number uint64) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if !n.record(ctx, number) {
		return false
	}
	f.model.acknowledge(number)
	return true
}

// interrogate keeps asking a node about the latest opt-outs, about all of them, and about
// strangers.
func (f *chaosFleet) interrogate(ctx context.Context, n *fleetNode, s *strangers) {
	const latest = 1000
	synced := false
	for i := 0; ctx.Err() == nil; i++ {
		end := f.model.end()
		from := end - min(end, latest)
		if i%5 == 0 || !synced {
			from = 0
		}
		synced = f.interrogateOnce(ctx, n, from, end, s)
		pause(ctx, 80*time.Millisecond)
	}
}

func (f *chaosFleet) interrogateOnce(ctx context.Context, n *fleetNode, from, end uint64, s *strangers) (synced bool) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	a, err := n.ask(ctx, from, end)
	if err != nil {
		return false
	}
	f.model.judge(n.name, a)
	if others, err := n.ask(ctx, strangersFrom, strangersFrom+16); err == nil {
		s.asked.Add(int64(len(others.states)))
		s.wrong.Add(int64(strings.Count(string(others.states), string(saysOptedOut))))
	}
	return a.synced
}
