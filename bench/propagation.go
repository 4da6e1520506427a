package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/optout"
)

// propagationRates are in opt-outs a second.
var propagationRates = []int{1, 10, 100, 1000, 3000}

// propagationGoalMs is within how many milliseconds 99 of 100 opt-outs should be known on every node.
const propagationGoalMs = 20

// propagationSection measures how long an opt-out takes from one node of a fleet to the others.
func propagationSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Propagation in a fleet"
	s.About = "Three nats-servers in processes of their own keep the stream, each with its fsync before it acknowledges (sync_interval always), and one or three nodes in this process, all on this machine. " +
		"Opt-outs come when they are due, whether the ones before are done or not, to one node after another. Acknowledged: from when it was due until Record returned. Known: from then until a lookup " +
		"says so on the receiving node, and on each of the others, looked at about every millisecond. All of it shares the cores of one machine."
	lines := []report.Line{{Name: "three nodes, p50"}, {Name: "three nodes, p99"}, {Name: "goal for p99", Dashed: true}}
	for _, nodes := range []int{1, 3} {
		table, err := propagation(ctx, 3, nodes, propagationRates, of(e, 2*time.Second, 5*time.Second, 20*time.Second))
		if err != nil {
			return s, err
		}
		s.Tables = append(s.Tables, table)
		if nodes == 1 {
			continue
		}
		for i, row := range table.Rows {
			rate, p50, p99 := propagationRates[i], float64(row.Values[4]), float64(row.Values[5])
			s.Goals = append(s.Goals, report.AtMost(fmt.Sprintf("%d opt-outs/s: known on the others, p99 ms", rate), p99, propagationGoalMs))
			lines[0].Add(float64(rate), p50)
			lines[1].Add(float64(rate), p99)
			lines[2].Add(float64(rate), propagationGoalMs)
		}
	}
	s.Plots = []report.Chart{{Title: "From acknowledged to known on the other nodes", X: "opt-outs/s", Y: "ms", LogX: true, LogY: true, Lines: lines}}
	return s, nil
}

// propagation measures a fleet at several rates, one after another.
func propagation(ctx context.Context, servers, nodes int, rates []int, duration time.Duration) (t report.Table, err error) {
	t = report.Table{Caption: fmt.Sprintf("Number of nodes: %d", nodes), Columns: []string{"opt-outs/s", "acknowledged/s", "acknowledged p50 ms", "p99 ms", "known on the receiving node max ms", "on the others p50 ms", "p99 ms", "max ms", "failed"}}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	say(ctx, fmt.Sprintf("%s and %s start", plural.Count(servers, "server"), plural.Count(nodes, "node")))
	f, err := startFleet(ctx, dir, servers, nodes)
	if err != nil {
		return t, err
	}
	defer f.close()
	if err := f.at(ctx, 100, time.Second, newSpread(nodes)); err != nil { // connections, leaders and code get warm
		return t, err
	}
	for _, rate := range rates {
		say(ctx, fmt.Sprintf("%s, %s/s", plural.Count(nodes, "node"), plural.Count(rate, "opt-out")))
		s := newSpread(nodes)
		if err := f.at(ctx, rate, duration, s); err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, report.Row{Name: fmt.Sprint(rate), Values: s.values(duration)})
	}
	return t, nil
}

// fleet is some NATS servers, and nodes in this process.
type fleet struct {
	servers *natstest.Processes
	stores  []*optout.Store
	sent    uint64
}

func startFleet(ctx context.Context, dir string, servers, nodes int) (f *fleet, err error) {
	var dirs []string
	for i := range servers {
		dirs = append(dirs, filepath.Join(dir, fmt.Sprint("server", i)))
	}
	f = new(fleet)
	if f.servers, err = natstest.StartProcesses(dirs, natstest.Options{SyncAlways: true}, nil); err != nil {
		return nil, err
	}
	for i := range nodes {
		store, err := openNode(filepath.Join(dir, fmt.Sprint("node", i)), f.servers.URLs(), servers)
		if err != nil {
			f.close()
			return nil, err
		}
		f.stores = append(f.stores, store)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, store := range f.stores {
		if err := store.WaitSynced(ctx); err != nil {
			f.close()
			return nil, err
		}
	}
	return f, nil
}

func openNode(file, urls string, replicas int) (*optout.Store, error) {
	local, err := optout.OpenFile(file)
	if err != nil {
		return nil, err
	}
	log, err := optout.ConnectJetStream(optout.Servers{URLs: urls}, optout.StreamConfig{Replicas: replicas}, local)
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return optout.Open(log), nil
}

func (f *fleet) close() {
	for _, store := range f.stores {
		store.Close()
	}
	f.servers.Close()
}

// at has opt-outs come in at a rate, and waits until all are known everywhere.
func (f *fleet) at(ctx context.Context, rate int, duration time.Duration, s *spread) error {
	ctx, cancel := context.WithTimeout(ctx, duration+time.Minute)
	defer cancel()
	var sending, watching sync.WaitGroup
	done := make(chan struct{})
	for i, store := range f.stores {
		watching.Go(func() { s.watch(ctx, done, i, store) })
	}
	start := time.Now()
	for i := range max(1, int(float64(rate)*duration.Seconds())) {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		f.sent++
		node, uid := i%len(f.stores), world.UserOf(f.sent)
		sending.Go(func() {
			err := f.stores[node].Record(ctx, uid, world.NowMs)
			s.acknowledged(due, node, uid, f.stores[node].OptOut(uid).State == bidstream.OptedOut, err)
		})
	}
	sending.Wait()
	close(done)
	watching.Wait()
	if unknown := s.waiting(); unknown > 0 {
		return fmt.Errorf("%d opt-outs aren't known on a node after a minute, at %d a second", unknown, rate)
	}
	return ctx.Err()
}

// spread is what is measured of opt-outs that come in at one rate.
type spread struct {
	mu                    sync.Mutex
	pending               [][]awaited // by node
	acks, receiving, rest *hdrhistogram.Histogram
	failed                int
}

// awaited is an opt-out that a node doesn't know yet.
type awaited struct {
	uid   codec.RawUID
	since time.Time // it was acknowledged
	here  bool      // by this node
}

func newSpread(nodes int) *spread {
	h := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(5*time.Minute), 3) }
	return &spread{pending: make([][]awaited, nodes), acks: h(), receiving: h(), rest: h()}
}

// acknowledged notes that a node has answered, and has the nodes that don't know the user yet watched.
func (s *spread) acknowledged(due time.Time, node int, uid codec.RawUID, known bool, err error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed++
		return
	}
	s.acks.RecordValue(int64(now.Sub(due)))
	for i := range s.pending {
		if i != node || !known {
			s.pending[i] = append(s.pending[i], awaited{uid, now, i == node})
		}
	}
}

// watch looks whether a node knows what it should, until it does after everything was sent.
func (s *spread) watch(ctx context.Context, done <-chan struct{}, node int, store *optout.Store) {
	for over := false; ctx.Err() == nil; time.Sleep(200 * time.Microsecond) {
		s.mu.Lock()
		rest := s.pending[node][:0]
		for _, a := range s.pending[node] {
			if store.OptOut(a.uid).State != bidstream.OptedOut {
				rest = append(rest, a)
			} else if took := int64(time.Since(a.since)); a.here {
				s.receiving.RecordValue(took)
			} else {
				s.rest.RecordValue(took)
			}
		}
		s.pending[node] = rest
		s.mu.Unlock()
		if over && len(rest) == 0 {
			return
		}
		select {
		case <-done:
			over = true
		default:
		}
	}
}

// waiting returns how many opt-outs some node doesn't know.
func (s *spread) waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		n += len(p)
	}
	return n
}

// values are the columns of a row.
func (s *spread) values(duration time.Duration) []report.Value {
	ms := func(ns int64) report.Value { return report.Value(float64(ns) / 1e6) }
	values := []report.Value{
		report.Value(float64(s.acks.TotalCount()) / duration.Seconds()),
		ms(s.acks.ValueAtQuantile(50)), ms(s.acks.ValueAtQuantile(99)), ms(s.receiving.Max()),
	}
	if s.rest.TotalCount() == 0 {
		values = append(values, report.None, report.None, report.None)
	} else {
		values = append(values, ms(s.rest.ValueAtQuantile(50)), ms(s.rest.ValueAtQuantile(99)), ms(s.rest.Max()))
	}
	return append(values, report.Value(s.failed))
}
