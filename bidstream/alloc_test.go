//go:build !race

package bidstream_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

func TestAllocations(t *testing.T) {
	var store bidstream.MemoryOptOuts
	store.Add(uid(t, fixtures.Token("G4").UID), 1)
	d := newDecrypter(t,
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2))),
		bidstream.WithKeys(codec.ScopeEUID, keyset.Static(snapshot(t, codec.ScopeEUID))),
		bidstream.WithOptOuts(&store),
	)
	texts := map[string]string{"damaged": fixtures.Token("G3").Text[1:], "empty": ""}
	for _, v := range fixtures.TokenVectors() {
		texts[v.ID] = v.Text
	}
	var all []string
	for _, text := range texts {
		all = append(all, text)
	}
	verdicts := make([]bidstream.Verdict, len(all))
	if n := testing.AllocsPerRun(100, func() { d.DecryptStringBatch(verdicts, all, bidstream.Query{NowMs: now, Name: "example.com"}) }); n != 0 {
		t.Errorf("all together: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		var two [2]bidstream.Verdict
		d.DecryptBatch(two[:], [][]byte{{}, nil}, bidstream.Query{}, bidstream.Query{NowMs: now})
	}); n != 0 {
		t.Errorf("two on the stack: %v allocations", n)
	}
	var v bidstream.Verdict
	for name, text := range texts {
		token := []byte(text)
		for _, q := range []bidstream.Query{{NowMs: now}, {NowMs: now, Name: "EXAMPLE.com", Scope: codec.ScopeUID2}, {NowMs: now, Name: "foo.com"}} {
			if n := testing.AllocsPerRun(100, func() { d.DecryptString(&v, text, q) }); n != 0 {
				t.Errorf("%s from a string: %v allocations", name, n)
			}
			if n := testing.AllocsPerRun(100, func() { d.Decrypt(&v, token, q) }); n != 0 {
				t.Errorf("%s from bytes: %v allocations", name, n)
			}
		}
	}
}
