package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// swapped is a source of keys whose snapshot is swapped.
type swapped struct {
	current atomic.Pointer[keyset.Snapshot]
}

// Snapshot implements bidstream.KeySource.
func (s *swapped) Snapshot() *keyset.Snapshot { return s.current.Load() }

// swapEvery does what a refresher does when new keys come: parse, and swap; for the first time after half the interval.
func (s *swapped) swapEvery(interval time.Duration, answer []byte, stop <-chan struct{}) {
	next := time.NewTimer(interval / 2)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			next.Reset(interval)
			if snapshot, err := keyset.Parse(answer); err == nil {
				s.current.Store(snapshot)
			}
		case <-stop:
			return
		}
	}
}

// keysSection measures what more keys cost.
func keysSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Number of keys"
	s.About = "4,000 tokens of version 4 under random ones of so many keys. The floor has the same keys, and so the same misses of the processor's caches: of a prepared key, the floor's " +
		"or ours, 400 to 500 bytes are read, so that two thousand fill a second-level cache. The last column is an access that waits for the one before, somewhere in as much memory as keys, opt-outs and tokens have. " +
		"Times are the processor's."
	t := report.Table{Columns: []string{"keys", "floor ns", "decrypt ns", "× floor", "× 10 keys", "one access ns"}}
	ours, floors := report.Line{Name: "text to verdict and raw UID"}, report.Line{Name: "floor", Dashed: true}
	var ten, tenThousand, hundredThousand float64
	for _, n := range of(e, []int{10, 1000, 10_000}, []int{10, 100, 1000, 10_000, 100_000}, []int{10, 100, 1000, 10_000, 100_000, 1_000_000}) {
		w, err := world.New(n)
		if err != nil {
			return s, err
		}
		if err := w.Seal(codec.V4, false); err != nil {
			return s, err
		}
		floor, err := w.Floor(codec.V4)
		if err != nil {
			return s, err
		}
		results := turns.Used(turns.Measure(of(e, 200*time.Millisecond, time.Second, 3*time.Second), turns.Of("floor", floor), turns.Of("decrypt", w.Decrypt(w.Decrypter)),
			turns.Of("one access", accesses(w.Bytes()))))
		switch n {
		case 10:
			ten = results[1].Ns
		case 10_000:
			tenThousand = results[1].Ns
		case 100_000:
			hundredThousand = results[1].Ns
		}
		t.Rows = append(t.Rows, report.Row{Name: fmt.Sprint(n), Values: []report.Value{report.Value(results[0].Ns), report.Value(results[1].Ns), report.Value(results[1].Ratio), report.Value(results[1].Ns / ten), report.Value(results[2].Ns)}})
		floors.Add(float64(n), results[0].Ns)
		ours.Add(float64(n), results[1].Ns)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
	}
	s.Goals = append(s.Goals, report.AtMost("10,000 keys, × 10 keys", tenThousand/ten, 1.3))
	if hundredThousand > 0 {
		s.Goals = append(s.Goals, report.AtMost("100,000 keys, × 10 keys", hundredThousand/ten, 2))
	}
	s.Tables = []report.Table{t}
	s.Plots = []report.Chart{{Title: "Decryption by number of keys", X: "keys", Y: "ns", LogX: true, Lines: []report.Line{ours, floors}}}
	return s, nil
}

// refreshSection measures the reading of an operator's answer.
func refreshSection(_ context.Context, e effort) (s report.Section, err error) {
	s.Title = "Refresh of the keys"
	s.About = "What the refresher does with an operator's answer, in the background: parse, prepare each key's cipher, build the table. Memory is what stays on the heap. The last " +
		"column is how much slower another core decrypts meanwhile."
	t := report.Table{Columns: []string{"keys", "answer MB", "parse ms", "µs/key", "bytes/key", "allocations per 1,000 keys", "decrypt meanwhile ×"}}
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return s, err
	}
	if err := w.Seal(codec.V4, false); err != nil {
		return s, err
	}
	for _, n := range of(e, []int{1000, 10_000}, []int{1000, 10_000, 100_000}, []int{1000, 10_000, 100_000, 1_000_000}) {
		answer := world.AnswerOf(randomSecrets(n))
		var times []float64
		for range of(e, 3, 5, 7) {
			start := time.Now()
			if _, err := keyset.Parse(answer); err != nil {
				return s, err
			}
			times = append(times, float64(time.Since(start)))
		}
		retained, err := retainedBy(answer)
		if err != nil {
			return s, err
		}
		parse, slower, perKey := turns.Median(times), slowedBy(w, answer), retained/float64(n)
		allocations := allocationsOf(answer) * 1000 / float64(n)
		t.Rows = append(t.Rows, report.Row{Name: fmt.Sprint(n), Values: []report.Value{report.Value(float64(len(answer)) / 1e6), report.Value(parse / 1e6), report.Value(parse / 1e3 / float64(n)), report.Value(perKey), report.Value(allocations), report.Value(slower)}})
		if n == 100_000 {
			s.Goals = append(s.Goals, report.AtMost("100,000 keys, ms", parse/1e6, 250), report.AtMost("bytes retained per key", perKey, 1500), report.AtMost("allocations per 1,000 keys", allocations, 3), report.AtMost("decryption meanwhile, ×", slower, 1.1))
		}
	}
	s.Tables = []report.Table{t}
	return s, nil
}

func randomSecrets(n int) [][]byte {
	secrets := make([][]byte, n)
	for i := range secrets {
		secrets[i] = make([]byte, codec.KeySize)
		secrets[i][0], secrets[i][1], secrets[i][2] = byte(i), byte(i>>8), byte(i>>16)
	}
	return secrets
}

// retainedBy returns how many bytes the snapshot of an answer keeps on the heap.
func retainedBy(answer []byte) (float64, error) {
	before := heap()
	snapshot, err := keyset.Parse(answer)
	if err != nil {
		return 0, err
	}
	after := heap()
	runtime.KeepAlive(snapshot)
	return float64(after) - float64(before), nil
}

// allocationsOf returns how many allocations it takes to parse an answer.
func allocationsOf(answer []byte) float64 {
	return testing.AllocsPerRun(1, func() {
		if _, err := keyset.Parse(answer); err != nil {
			panic(err) // it was parsed before
		}
	})
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// slowedBy returns by how much decryptions on one core are slower while another core parses an answer: each turn with beside
// one without.
func slowedBy(w *world.World, answer []byte) float64 {
	op, n := w.Decrypt(w.Decrypter), 20_000
	var ratios []float64
	for range 15 {
		alone := turns.PerOp(op, 0, n)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = keyset.Parse(answer) // it parsed above
				}
			}
		}()
		time.Sleep(time.Millisecond)
		beside := turns.PerOp(op, 0, n)
		close(stop)
		<-ended
		ratios = append(ratios, beside/alone)
	}
	return turns.Median(ratios)
}
