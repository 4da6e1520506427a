// Command rivals measures the module beside what would be written otherwise, in turns in one process, and prints the results as
// JSON. The report of package bench has them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/bench/rivals"
	"github.com/uid2rtb/uid2rtb/codec"
)

// table is some results that belong together.
type table struct {
	Caption string
	Results []turns.Result
}

func main() {
	budget := flag.Duration("for", 2*time.Second, "measure each table for about so long")
	flag.Parse()
	tables, err := measure(*budget)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(tables)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rivals:", err)
		os.Exit(1)
	}
}

func measure(budget time.Duration) (tables []table, err error) {
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
		tables = append(tables, table{fmt.Sprintf("A token of version %d, text in, raw UID out", v), turns.Measure(budget,
			turns.Of("floor: the cryptography alone", floor),
			turns.Of("uid2rtb, with every check and 100,000 opt-outs", w.Decrypt(w.Decrypter)),
			turns.Of("encoding/base64, ciphers kept in a map, no opt-outs", decrypt(cached)),
			turns.Of("encoding/base64, a cipher for each use as in the SDKs, no opt-outs", decrypt(naive)),
		)})
	}
	bids, err := measureBids(w, budget, naive, cached)
	return append(tables, bids), err
}

func measureBids(w *world.World, budget time.Duration, naive rivals.Naive, cached rivals.Cached) (t table, err error) {
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
	return table{"A bid request of 3.6 KB, version 4, bytes in, annotated bytes out", turns.Measure(2*budget,
		turns.Of("floor: one scan by gjson and the cryptography", func(i int) { world.Scan(requests[i%len(requests)])(i); crypto(i) }),
		turns.Of("uid2rtb, with every check", func(i int) { dst, _ = w.Bid(dst[:0], requests[i%len(requests)]) }),
		turns.Of("jsonparser, ciphers kept in a map", rival(rivals.JSONParser, cached)),
		turns.Of("gjson and sjson, ciphers kept in a map", rival(rivals.GJSON, cached)),
		turns.Of("encoding/json with openrtb2, ciphers kept in a map", rival(rivals.Typed, cached)),
		turns.Of("encoding/json with openrtb2, a cipher for each use", rival(rivals.Typed, naive)),
	)}, nil
}
