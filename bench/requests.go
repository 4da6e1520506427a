package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
)

// requestsSection measures whole bid requests.
func requestsSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "A bid request"
	s.About = "From bytes to bytes: the name of the site, the tokens, their decryption with all checks, the annotations. The floor is one pass of gjson over the request " +
		"and the cryptography of one token. Beside it, what encoding/json takes to read the request into openrtb2's types and to write it, with nothing decrypted."
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return s, err
	}
	if err := w.Seal(codec.V4, false); err != nil {
		return s, err
	}
	budget := of(e, 200*time.Millisecond, time.Second, 3*time.Second)
	usual, err := measureRequest(w, budget, 3600, 4)
	if err != nil {
		return s, err
	}
	s.Tables = append(s.Tables, report.Table{Caption: "3.6 KB, one UID2 among four eids, at the end", Columns: timeColumns, Rows: rows(usual)})
	whole, types := turns.Find(usual, allOfIt), turns.Find(usual, typesAlone)
	s.Goals = append(s.Goals, report.AtMost("all of it, × floor", whole.Ratio, 2.5), report.AtMost("all of it, part of unmarshal and marshal", whole.Ns/types.Ns, 0.05),
		report.AtMost("allocations", whole.Allocs, 1))

	without := measureWithout(w, budget)
	s.Tables = append(s.Tables, report.Table{Caption: "The same size, no UID2 in it", Columns: timeColumns, Rows: rows(without)})
	s.Goals = append(s.Goals, report.AtMost("without a UID2, × scan", without[1].Ratio, 0.4))

	for _, measure := range []func(context.Context, effort, *world.World, time.Duration, *report.Section) error{bySize, byEIDs} {
		if err := measure(ctx, e, w, budget/2, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// bySize measures requests of several sizes.
func bySize(ctx context.Context, e effort, w *world.World, budget time.Duration, s *report.Section) error {
	limits := map[int]float64{1000: 1.2, 64_000: 0.26}
	sizes := report.Table{Caption: "By size, one UID2 among four eids", Columns: []string{"bytes", "floor ns", "all ns", "× floor", "unmarshal and marshal ns"}}
	floors, all, typed := report.Line{Name: "floor", Dashed: true}, report.Line{Name: "find, decrypt, annotate"}, report.Line{Name: "unmarshal and marshal, nothing decrypted"}
	for _, size := range of(e, []int{1000, 64_000}, []int{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000}, []int{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000}) {
		r, err := measureRequest(w, budget, size, 4)
		if err != nil {
			return err
		}
		floor, whole, types := r[0], turns.Find(r, allOfIt), turns.Find(r, typesAlone)
		n := len(world.RequestOf(size, 4, string(w.Tokens[0].Text)))
		sizes.Rows = append(sizes.Rows, report.Row{Name: fmt.Sprint(n), Values: []report.Value{report.Value(floor.Ns), report.Value(whole.Ns), report.Value(whole.Ratio), report.Value(types.Ns)}})
		if limit, wanted := limits[size]; wanted {
			s.Goals = append(s.Goals, report.AtMost(fmt.Sprintf("%d KB, × floor", size/1000), whole.Ratio, limit))
		}
		floors.Add(float64(n), floor.Ns/1e3)
		all.Add(float64(n), whole.Ns/1e3)
		typed.Add(float64(n), types.Ns/1e3)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	s.Tables = append(s.Tables, sizes)
	s.Plots = []report.Chart{{Title: "A bid request by its size", X: "bytes", Y: "µs", LogX: true, LogY: true, Lines: []report.Line{all, floors, typed}}}
	return nil
}

// byEIDs measures requests with few eids and many.
func byEIDs(ctx context.Context, e effort, w *world.World, budget time.Duration, s *report.Section) error {
	const most = 50
	eids := report.Table{Caption: "By number of eids, 3.6 KB or more, one of them a UID2", Columns: []string{"eids", "floor ns", "all ns", "× floor"}}
	for _, n := range of(e, []int{1, most}, []int{1, 5, 10, 20, most}, []int{1, 2, 5, 10, 20, most}) {
		r, err := measureRequest(w, budget, 3600, n)
		if err != nil {
			return err
		}
		whole := turns.Find(r, allOfIt)
		eids.Rows = append(eids.Rows, report.Row{Name: fmt.Sprint(n), Values: []report.Value{report.Value(r[0].Ns), report.Value(whole.Ns), report.Value(whole.Ratio)}})
		if n == most {
			s.Goals = append(s.Goals, report.AtMost(fmt.Sprintf("%d eids, × floor", n), whole.Ratio, 1.2))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	s.Tables = append(s.Tables, eids)
	return nil
}

// Names of what is measured.
const (
	allOfIt    = "find, decrypt, annotate: bytes"
	typesAlone = "unmarshal and marshal, nothing decrypted"
)

func measureRequest(w *world.World, budget time.Duration, size, eids int) ([]turns.Result, error) {
	// Some requests with tokens of their own, so that it isn't the same key over and over.
	requests := make([][]byte, 64)
	for i := range requests {
		requests[i] = world.RequestOf(size, eids, string(w.Tokens[i].Text))
	}
	out, err := w.Bid(nil, requests[0])
	if err != nil || !bytes.Contains(out, []byte(`"raw":`)) {
		return nil, errors.Join(errors.New("no raw UID in the annotated request"), err)
	}
	crypto, err := w.Floor(codec.V4)
	if err != nil {
		return nil, err
	}
	var dst []byte
	return turns.Measure(budget,
		turns.Of("floor: one scan and the cryptography", func(i int) { world.Scan(requests[i%len(requests)])(i); crypto(i) }),
		turns.Of(allOfIt, func(i int) { dst, _ = w.Bid(dst[:0], requests[i%len(requests)]) }),
		turns.Of("find, decrypt, annotate: openrtb2 types that are there", w.BidTyped(requests)),
		turns.Of(typesAlone, func(i int) { world.UnmarshalMarshal(requests[i%len(requests)])(i) }),
	), nil
}

func measureWithout(w *world.World, budget time.Duration) []turns.Result {
	request := world.RequestOf(3600, 4, "")
	var dst []byte
	return turns.Measure(budget,
		turns.Of("floor: one scan", world.Scan(request)),
		turns.Of(allOfIt, func(int) { dst, _ = w.Bid(dst[:0], request) }),
		turns.Of("json.Valid", func(int) { json.Valid(request) }),
	)
}
