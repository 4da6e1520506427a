package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/internal/hugepage"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/optout"
)

// mapUsers and syncMapUsers are how many users are put into a Go map and a sync.Map at most: with more, this machine's memory
// would be full.
const (
	mapUsers     = 100_000_000
	syncMapUsers = 10_000_000
)

// askedUsers are how many different users are looked up.
const askedUsers = 1 << 20

// optOutUsers are how many users to measure; none: as the effort says.
var optOutUsers []int

func parseOptOutUsers(text string) error {
	for _, one := range strings.Split(text, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 1 {
			return fmt.Errorf("%q isn't a number of users, which is 1 or more", one)
		}
		optOutUsers = append(optOutUsers, n)
	}
	return nil
}

// optOutsSection measures the index, the log and the receiver of opt-outs.
func optOutsSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Opt-outs"
	s.About = "The floor is one dependent access to a random line of 64 bytes in as much memory as the index has: no table of that size can answer with less. Hits are users who " +
		"have opted out, misses are others, a million different ones of each in random order. Below, what it takes to fill the log, to start with a snapshot and without, the resident memory of a process that serves with it, and to receive " +
		"the webhook with an fsync before each answer. CPU s is the processor's time, of both cores together, which counts where others use the machine, too."
	sizes := of(e, []int{1_000_000}, []int{1_000_000, 10_000_000}, []int{1_000_000, 10_000_000, 100_000_000})
	if len(optOutUsers) > 0 {
		sizes = optOutUsers
	}
	lookups := report.Table{Caption: "Lookups", Columns: []string{"users", "bytes/user", "floor ns", "miss ns", "miss × floor", "hit ns", "hit × floor", "miss on all cores ns", "Go map bytes/user", "miss ns", "hit ns", "sync.Map bytes/user", "miss ns", "hit ns"}}
	logs := report.Table{Caption: "The log", Columns: []string{"users", "written s", "CPU s", "file MB", "start without snapshot s", "CPU s", "start with snapshot s", "CPU s", "snapshot MB", "snapshot written s"}}
	processes := report.Table{Caption: "The memory of a whole process, uid2 serve", Columns: []string{"users", "started MB", "after 20,000 requests MB", "most MB"}}
	lines := []report.Line{{Name: "floor: one access", Dashed: true}, {Name: "index, miss"}, {Name: "index, hit"}, {Name: "Go map, miss"}, {Name: "sync.Map, miss"}}
	for _, n := range sizes {
		say(ctx, "lookups, "+plural.Count(n, "user"))
		values := lookupsOf(n, of(e, 300*time.Millisecond, 2*time.Second, 4*time.Second))
		lookups.Rows = append(lookups.Rows, report.Row{Name: fmt.Sprint(n), Values: values})
		for i, column := range []int{1, 2, 4, 8, 11} {
			if v := float64(values[column]); v == v {
				lines[i].Add(float64(n), v)
			}
		}
		row, process, err := storeOf(ctx, n)
		if err != nil {
			return s, err
		}
		logs.Rows, processes.Rows = append(logs.Rows, row), append(processes.Rows, process)
		if n == sizes[len(sizes)-1] {
			s.Goals = append(s.Goals,
				report.AtMost(plural.Count(n, "user")+": bytes a user", float64(values[0]), 16),
				report.AtMost(plural.Count(n, "user")+": miss, × floor", float64(values[3]), 1.5),
				report.AtMost(plural.Count(n, "user")+": hit, × floor", float64(values[5]), 1.5),
				report.AtMost(plural.Count(n, "user")+": start, s", float64(row.Values[5]), 20),
				report.AtMost(plural.Count(n, "user")+": start without a snapshot, s", float64(row.Values[3]), 30),
				report.AtMost(plural.Count(n, "user")+": bytes of the log an entry", math.Floor(float64(row.Values[2])*1e6/float64(n)), 64),
				report.AtLeast(plural.Count(n, "user")+": imported a second", float64(n)/float64(row.Values[0]), 500_000))
		}
	}
	say(ctx, "the receiver")
	receiving, best, err := receivers(of(e, time.Second, 3*time.Second, 10*time.Second))
	if err != nil {
		return s, err
	}
	s.Goals = append(s.Goals, report.AtLeast("received and durable, a second", best, 20_000))
	s.Tables = []report.Table{lookups, logs, processes, receiving}
	s.Plots = []report.Chart{{Title: "A lookup by the number of users", X: "users", Y: "ns", LogX: true, Lines: lines}}
	return s, nil
}

// lookupsOf measures lookups among so many users, in the columns of the table.
func lookupsOf(n int, budget time.Duration) []report.Value {
	defer debug.FreeOSMemory()
	index := optout.NewIndex()
	fill(index, n, 0)
	hits, misses := askFor(n, true), askFor(n, false)
	oneAccess := accesses(index.Bytes())
	look := func(users []codec.RawUID, want bidstream.OptOutState) func(int) {
		return func(i int) {
			if index.OptOut(users[i&(askedUsers-1)]).State != want {
				panic("bench: a wrong answer about an opt-out")
			}
		}
	}
	r := turns.Measure(budget, turns.Of("floor", oneAccess), turns.Of("miss", look(misses, bidstream.NotOptedOut)), turns.Of("hit", look(hits, bidstream.OptedOut)))
	parallel := 1e9 / together(runtime.GOMAXPROCS(0), 40_000, func() func(int) { return look(misses, bidstream.NotOptedOut) })
	values := []report.Value{report.Value(float64(index.Bytes()) / float64(n)), report.Value(r[0].Ns), report.Value(r[1].Ns), report.Value(r[1].Ratio), report.Value(r[2].Ns), report.Value(r[2].Ratio), report.Value(parallel)}
	index, oneAccess = nil, nil
	debug.FreeOSMemory()
	values = append(values, mapLookups(n, hits, misses, budget)...)
	return append(values, syncMapLookups(n, hits, misses, budget)...)
}

// fill adds so many users to an index, by their numbers from one on.
func fill(index *optout.Index, users int, first uint64) {
	var filling sync.WaitGroup
	for core := range runtime.GOMAXPROCS(0) {
		filling.Go(func() {
			for i := core; i < users; i += runtime.GOMAXPROCS(0) {
				index.Add(world.UserOf(first+uint64(i)), world.NowMs)
			}
		})
	}
	filling.Wait()
}

// askFor returns users to ask about, in random order.
func askFor(n int, in bool) []codec.RawUID {
	random := rand.New(rand.NewPCG(1, 2))
	users := make([]codec.RawUID, askedUsers)
	for i := range users {
		users[i] = world.UserOf(random.Uint64N(uint64(n)))
		if !in {
			users[i] = world.UserOf(uint64(n) + random.Uint64N(uint64(n)))
		}
	}
	return users
}

// accesses goes through as many bytes, a line of 64 after another, each telling where the next one is. They are on huge pages where
// what they are compared with is.
func accesses(size int) func(int) {
	lines := make([][8]uint64, size/64)
	hugepage.Advise(lines)
	for i, next := range cycle(len(lines)) {
		lines[i][0] = uint64(next)
	}
	at := uint64(0)
	return func(int) { at = lines[at][0] }
}

// cycle is a random permutation that is one cycle (Sattolo).
func cycle(n int) []uint32 {
	random := rand.New(rand.NewPCG(3, 4))
	order := make([]uint32, n)
	for i := range order {
		order[i] = uint32(i)
	}
	for i := n - 1; i > 0; i-- {
		j := random.IntN(i)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

func mapLookups(n int, hits, misses []codec.RawUID, budget time.Duration) []report.Value {
	if n > mapUsers {
		return []report.Value{report.None, report.None, report.None}
	}
	before := heap()
	m := make(map[codec.RawUID]int64, n)
	for i := range n {
		m[world.UserOf(uint64(i))] = world.NowMs
	}
	look := func(users []codec.RawUID) func(int) {
		return func(i int) { _ = m[users[i&(askedUsers-1)]] }
	}
	bytes := float64(heap()-before) / float64(n)
	r := turns.Measure(budget/2, turns.Of("miss", look(misses)), turns.Of("hit", look(hits)))
	clear(m)
	m = nil
	debug.FreeOSMemory()
	return []report.Value{report.Value(bytes), report.Value(r[0].Ns), report.Value(r[1].Ns)}
}

func syncMapLookups(n int, hits, misses []codec.RawUID, budget time.Duration) []report.Value {
	if n > syncMapUsers {
		return []report.Value{report.None, report.None, report.None}
	}
	before := heap()
	m := new(sync.Map)
	for i := range n {
		m.Store(world.UserOf(uint64(i)), int64(world.NowMs))
	}
	look := func(users []codec.RawUID) func(int) {
		return func(i int) { m.Load(users[i&(askedUsers-1)]) }
	}
	bytes := float64(heap()-before) / float64(n)
	r := turns.Measure(budget/2, turns.Of("miss", look(misses)), turns.Of("hit", look(hits)))
	return []report.Value{report.Value(bytes), report.Value(r[0].Ns), report.Value(r[1].Ns)}
}

// storeOf measures a store with so many users: its log, and a process with it.
func storeOf(ctx context.Context, n int) (log, process report.Row, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return log, process, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "optouts.db")
	say(ctx, "the log, "+plural.Count(n, "user"))
	if log, err = logOf(ctx, file, n); err != nil {
		return log, process, err
	}
	say(ctx, "a process, "+plural.Count(n, "user"))
	debug.FreeOSMemory()
	process, err = processOf(ctx, file, n)
	return log, process, err
}

// logOf fills a log with so many users, and starts from it.
func logOf(ctx context.Context, file string, n int) (report.Row, error) {
	written := startWatch()
	if err := fillLog(ctx, file, n); err != nil {
		return report.Row{}, err
	}
	values := append(written.values(), report.Value(size(file)))
	cold, err := startFrom(ctx, file, n, 0)
	if err != nil {
		return report.Row{}, err
	}
	values = append(values, cold.took...)
	start := time.Now()
	if err := cold.store.Snapshot(ctx); err != nil {
		return report.Row{}, err
	}
	snapshot := time.Since(start)
	if err := cold.store.Close(); err != nil {
		return report.Row{}, err
	}
	debug.FreeOSMemory()
	warm, err := startFrom(ctx, file, n, n)
	if err != nil {
		return report.Row{}, err
	}
	values = append(values, warm.took...)
	return report.Row{Name: fmt.Sprint(n), Values: append(values, report.Value(size(file+".index")), report.Value(snapshot.Seconds()))}, warm.store.Close()
}

// watch is when something began.
type watch struct {
	at  time.Time
	cpu time.Duration
}

func startWatch() watch {
	used, _ := turns.CPUTime()
	return watch{time.Now(), used}
}

// values returns the seconds since then, on the clock and of the processor.
func (w watch) values() []report.Value {
	passed := report.Value(time.Since(w.at).Seconds())
	used, known := turns.CPUTime()
	if !known {
		return []report.Value{passed, report.None}
	}
	return []report.Value{passed, report.Value((used - w.cpu).Seconds())}
}

// importBatch is how many entries share an fsync, as in uid2 optout import.
const importBatch = 1 << 14

// fillLog imports users, as uid2 optout import does.
func fillLog(ctx context.Context, file string, n int) error {
	log, err := optout.OpenFile(file)
	if err != nil {
		return err
	}
	entries := make([]optout.Entry, 0, importBatch)
	for i := 0; i < n && err == nil; {
		for entries = entries[:0]; i < n && len(entries) < importBatch; i++ {
			entries = append(entries, optout.Entry{UID: world.UserOf(uint64(i)), SinceMs: world.NowMs, ReceivedMs: world.NowMs})
		}
		err = log.AppendAll(ctx, entries)
	}
	return errors.Join(err, log.Close())
}

type started struct {
	store *optout.Store
	took  []report.Value // seconds, on the clock and of the processor
}

// startFrom opens a store and waits until it is synced. So many users must come from the snapshot.
func startFrom(ctx context.Context, file string, users, restored int) (s started, err error) {
	start := startWatch()
	log, err := optout.OpenFile(file)
	if err != nil {
		return s, err
	}
	s.store = optout.Open(log)
	if err := s.store.WaitSynced(ctx); err != nil {
		return s, err
	}
	s.took = start.values()
	if st := s.store.Stats(); st.Users != users || st.Restored < restored {
		return s, fmt.Errorf("%s after a start, %d from the snapshot", plural.Count(st.Users, "user"), st.Restored)
	}
	return s, nil
}

func size(file string) float64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return float64(info.Size()) / 1e6
}

// receivers measures both kinds of server. The client is in the same process and takes its part of the processor.
func receivers(duration time.Duration) (t report.Table, best float64, err error) {
	t = report.Table{Caption: "The receiver, 128 connections on loopback, each answer after its fsync", Columns: []string{"", "opt-outs/s"}}
	for _, kind := range []string{"net/http", "fasthttp"} {
		rate, err := receive(kind, duration)
		if err != nil {
			return t, 0, err
		}
		t.Rows = append(t.Rows, report.Row{Name: kind, Values: []report.Value{report.Value(rate)}})
		best = max(best, rate)
	}
	return t, best, nil
}

func receive(kind string, duration time.Duration) (perSecond float64, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	log, err := optout.OpenFile(filepath.Join(dir, "optouts.db"))
	if err != nil {
		return 0, err
	}
	store := optout.Open(log)
	defer store.Close()
	receiver, err := optout.NewReceiver(store, optout.WithBearer("t0ken"))
	if err != nil {
		return 0, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	if kind == "fasthttp" {
		server := receiver.FastHTTPServer()
		go server.Serve(listener) // ends with the listener
		defer server.Shutdown()
	} else {
		server := httpserver.New(listener, receiver, httpserver.Webhook())
		go server.Serve()
		defer server.Stop()
	}
	start := time.Now()
	sendFor(duration, listener.Addr().String())
	took := time.Since(start)
	stats := store.Stats()
	if stats.Failures > 0 || stats.Users != int(stats.Recorded) {
		return 0, fmt.Errorf("%s failed, %s of %d recorded", plural.Count(stats.Failures, "opt-out"), plural.Count(stats.Users, "user"), stats.Recorded)
	}
	return float64(stats.Recorded) / took.Seconds(), nil
}

func sendFor(duration time.Duration, addr string) {
	client := &fasthttp.HostClient{Addr: addr, MaxConns: 128}
	defer client.CloseIdleConnections()
	deadline := time.Now().Add(duration)
	var sending sync.WaitGroup
	for connection := range 128 {
		sending.Go(func() {
			request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			request.Header.Set("Authorization", "Bearer t0ken")
			var uri bytes.Buffer
			for i := uint64(0); time.Now().Before(deadline); i++ {
				uri.Reset()
				fmt.Fprintf(&uri, "http://%s/?timestamp=1700000000&uid2=%s", addr, url.QueryEscape(world.UserOf(uint64(connection)<<32|i).Reveal()))
				request.SetRequestURIBytes(uri.Bytes())
				if client.Do(request, response) != nil || response.StatusCode() != http.StatusOK {
					return // it shows in the rate
				}
			}
		})
	}
	sending.Wait()
}
