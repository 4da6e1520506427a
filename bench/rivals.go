package main

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/bench/rivals"
	"github.com/uid2rtb/uid2rtb/codec"
)

// rivalsSection has the module beside what would be written otherwise.
func rivalsSection(ctx context.Context, e effort) (s report.Section, err error) {
	s.Title = "Rivals"
	s.About = "What a Go bidder would otherwise write, in bench/rivals: the same tokens, keys and requests, in turns in one process. The rivals look up no opt-outs and make fewer checks."
	if s.Tables, err = measureRivals(of(e, 300*time.Millisecond, 3*time.Second, 8*time.Second)); err != nil || !*withSDKs {
		return s, err
	}
	sdks, err := officialSDKs(ctx)
	s.Tables = append(s.Tables, sdks)
	return s, err
}

// measureRivals measures each table for about the time given.
func measureRivals(budget time.Duration) (tables []report.Table, err error) {
	w, err := world.New(world.UsualKeys)
	if err != nil {
		return nil, err
	}
	naive := make(rivals.Naive)
	for i, secret := range w.Secrets {
		naive[uint32(i+1)] = secret
	}
	cached := rivals.NewCached(naive)
	for _, v := range []codec.Version{codec.V2, codec.V4} {
		if err := w.Seal(v, false); err != nil {
			return nil, err
		}
		floor, err := w.Floor(v)
		if err != nil {
			return nil, err
		}
		decrypt := func(keys rivals.Ciphers) func(int) {
			return func(i int) {
				if _, ok := rivals.Decrypt(keys, string(w.Tokens[i%len(w.Tokens)].Text), world.NowMs); !ok {
					panic("rivals: a token doesn't open")
				}
			}
		}
		tables = append(tables, rivalsTable(fmt.Sprintf("A token of version %d, text in, raw UID out", v), turns.Measure(budget,
			turns.Of("floor: the cryptography alone", floor),
			turns.Of("uid2rtb, with every check and 100,000 opt-outs", w.Decrypt(w.Decrypter)),
			turns.Of("encoding/base64, ciphers kept in a map, no opt-outs", decrypt(cached)),
			turns.Of("encoding/base64, a cipher for each use as in the SDKs, no opt-outs", decrypt(naive)),
		)))
	}
	bids, err := measureBids(w, budget, naive, cached)
	return append(tables, bids), err
}

func measureBids(w *world.World, budget time.Duration, naive rivals.Naive, cached rivals.Cached) (t report.Table, err error) {
	requests := make([][]byte, 64)
	for i := range requests {
		requests[i] = world.RequestOf(3600, 4, string(w.Tokens[i].Text))
	}
	crypto, err := w.Floor(codec.V4)
	if err != nil {
		return t, err
	}
	rival := func(bid func(rivals.Ciphers, []byte, int64) ([]byte, error), keys rivals.Ciphers) func(int) {
		return func(i int) {
			if _, err := bid(keys, requests[i%len(requests)], world.NowMs); err != nil {
				panic(err)
			}
		}
	}
	var dst []byte
	return rivalsTable("A bid request of 3.6 KB, version 4, bytes in, annotated bytes out", turns.Measure(2*budget,
		turns.Of("floor: one scan by gjson and the cryptography", func(i int) { world.Scan(requests[i%len(requests)])(i); crypto(i) }),
		turns.Of("uid2rtb, with every check", func(i int) { dst, _ = w.Bid(dst[:0], requests[i%len(requests)]) }),
		turns.Of("jsonparser, ciphers kept in a map", rival(rivals.JSONParser, cached)),
		turns.Of("gjson and sjson, ciphers kept in a map", rival(rivals.GJSON, cached)),
		turns.Of("encoding/json with openrtb2, ciphers kept in a map", rival(rivals.Typed, cached)),
		turns.Of("encoding/json with openrtb2, a cipher for each use", rival(rivals.Typed, naive)),
	)), nil
}

func rivalsTable(caption string, results []turns.Result) report.Table {
	return report.Table{Caption: caption, Columns: timeColumns, Rows: rows(results)}
}
