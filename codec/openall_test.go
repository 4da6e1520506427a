package codec_test

import (
	"math/rand/v2"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// FuzzOpenAll: tokens that are opened together get the status and the fields that each gets alone,
// and may be opened again when that one may.
func FuzzOpenAll(f *testing.F) {
	for n := range uint64(20) {
		f.Add(n, uint8(n))
	}
	good, bad := fixtures.TokenVectors(), fixtures.MalformedTokens()
	tables := []*codec.KeyTable{nil, table(f), table(f), table(f, 5001), table(f, 5002), table(f, 5001, 5002)}
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		random := rand.New(rand.NewPCG(seed, 0))
		together, alone := make([]codec.Token, n%20), make([]codec.Token, n%20)
		all, statuses := make([]codec.Opening, len(together)), make([]codec.Status, len(together))
		keys := make([]*codec.KeyTable, len(together))
		for i := range together {
			text := anyToken(random, good, bad)
			keys[i] = tables[random.IntN(len(tables))]
			codec.Parse(&together[i], text)
			codec.Parse(&alone[i], text)
			all[i].Begin(&together[i], keys[i])
			statuses[i] = alone[i].Open(keys[i])
		}
		codec.OpenAll(all)
		for i := range all {
			if all[i].Status != statuses[i] || saidBy(&together[i]) != saidBy(&alone[i]) {
				t.Fatalf("%d of %d: %v %+v, want %v %+v", i, n, all[i].Status, saidBy(&together[i]), statuses[i], saidBy(&alone[i]))
			}
			if got, want := together[i].Open(tables[1]), alone[i].Open(tables[1]); got != want {
				t.Fatalf("%d of %d, opened again: %v, want %v", i, n, got, want)
			}
		}
	})
}

// anyToken returns a golden token, mostly as it is, or a malformed one.
func anyToken(random *rand.Rand, good []fixtures.TokenVector, bad []fixtures.MalformedToken) []byte {
	if random.IntN(5) == 0 {
		return []byte(bad[random.IntN(len(bad))].Text)
	}
	text := []byte(good[random.IntN(len(good))].Text)
	if random.IntN(4) == 0 {
		text[random.IntN(len(text))] = "A+z_"[random.IntN(4)]
	}
	return text
}
