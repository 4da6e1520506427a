package bidstream_test

import (
	"math/rand/v2"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// batches makes batches of any tokens and queries, for any Decrypter.
type batches struct {
	decrypters []*bidstream.Decrypter
	good       []fixtures.TokenVector
	bad        []fixtures.MalformedToken
	used       bidstream.Verdict // of another token
}

func newBatches(t testing.TB) *batches {
	uid2, euid := snapshot(t, codec.ScopeUID2), snapshot(t, codec.ScopeEUID)
	bothScopes := []bidstream.Option{bidstream.WithKeys(codec.ScopeUID2, keyset.Static(uid2)), bidstream.WithKeys(codec.ScopeEUID, keyset.Static(euid))}
	someOptedOut := new(bidstream.MemoryOptOuts)
	for _, id := range []string{"G1", "G4", "G9"} {
		someOptedOut.Add(uid(t, fixtures.Token(id).UID), now)
	}
	b := &batches{good: fixtures.TokenVectors(), bad: fixtures.MalformedTokens()}
	b.used = bidstream.Verdict{Status: 77, SiteID: 1, OptOut: bidstream.OptOut{SinceMs: 1}}.WithRawUID(uid(t, fixtures.Token("G9").UID))
	for _, options := range [][]bidstream.Option{
		nil,
		bothScopes,
		{bothScopes[0]},
		{bothScopes[1], bidstream.ForSharing()},
		{bidstream.WithKeys(codec.ScopeUID2, keyset.Static(euid)), bidstream.ForLegacy()},
		{bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2, withoutKey(5001))))},
		{bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2, withoutKey(5002))))},
		append(bothScopes[:2:2], bidstream.WithOptOuts(someOptedOut)),
		append(bothScopes[:2:2], bidstream.WithOptOuts(&prefetching{MemoryOptOuts: someOptedOut})),
		append(bothScopes[:2:2], bidstream.WithOptOuts(optOuts{}), bidstream.AllowUnsyncedOptOuts()),
		append(bothScopes[:2:2], bidstream.WithOptOuts(optOuts{})),
	} {
		b.decrypters = append(b.decrypters, newDecrypter(t, options...))
	}
	return b
}

// token returns a golden token, mostly as it is, or one that isn't right, or none.
func (b *batches) token(random *rand.Rand) []byte {
	switch random.IntN(12) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2, 3:
		return []byte(b.bad[random.IntN(len(b.bad))].Text)
	}
	text := []byte(b.good[random.IntN(len(b.good))].Text)
	if random.IntN(6) == 0 {
		text[random.IntN(len(text))] = "A+z_"[random.IntN(4)]
	}
	return text
}

func (b *batches) query(random *rand.Rand) bidstream.Query {
	q := bidstream.Query{
		Name:  []string{"", "example.com", "COM.example.app", "foo.com"}[random.IntN(4)],
		Scope: codec.Scope(random.IntN(4)),
		NowMs: now,
	}
	if vector := b.good[random.IntN(len(b.good))]; random.IntN(4) == 0 {
		q.NowMs = []int64{vector.ExpiresMs + 1, vector.GeneratedMs - 1_800_001, vector.ExpiresMs, 1 << 60}[random.IntN(4)]
	}
	return q
}

// check judges n tokens together and alone, and calls seen with each verdict.
func (b *batches) check(t testing.TB, seed uint64, n int, seen func(codec.Status)) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	d := b.decrypters[random.IntN(len(b.decrypters))]
	tokens, texts, queries := make([][]byte, n), make([]string, n), make([]bidstream.Query, n)
	for i := range tokens {
		tokens[i], queries[i] = b.token(random), b.query(random)
		texts[i] = string(tokens[i])
	}
	if random.IntN(2) == 0 {
		queries = []bidstream.Query{b.query(random)}
	}
	of := func(i int) bidstream.Query { return queries[min(i, len(queries)-1)] }
	got, fromStrings := make([]bidstream.Verdict, n), make([]bidstream.Verdict, n)
	for i := range got {
		got[i] = b.used
	}
	d.DecryptBatch(got, tokens, queries...)
	d.DecryptStringBatch(fromStrings, texts, queries...)
	for i := range tokens {
		var want bidstream.Verdict
		if d.Decrypt(&want, tokens[i], of(i)); got[i] != want || fromStrings[i] != want {
			t.Fatalf("%d of %d: %+v and %+v, alone %+v", i, n, got[i], fromStrings[i], want)
		}
		seen(want.Status)
	}
}

// FuzzDecryptBatch: in a batch, each token gets the verdict that it gets alone.
func FuzzDecryptBatch(f *testing.F) {
	for n := range uint64(50) {
		f.Add(n, uint8(n))
	}
	b := newBatches(f)
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		b.check(t, seed, int(n%50), func(codec.Status) {})
	})
}

// TestDecryptBatch: every status comes up in batches.
func TestDecryptBatch(t *testing.T) {
	b, seen := newBatches(t), map[codec.Status]int{}
	for seed := range uint64(1000) {
		b.check(t, seed, int(seed%40), func(s codec.Status) { seen[s]++ })
	}
	for _, s := range codec.Statuses() {
		if seen[s] == 0 {
			t.Errorf("no %v", s)
		}
	}
}

// prefetching notes whom it was told about, and asked about, in which order.
type prefetching struct {
	*bidstream.MemoryOptOuts
	told, asked []codec.RawUID
}

func (p *prefetching) Prefetch(uid codec.RawUID) { p.told = append(p.told, uid) }

func (p *prefetching) OptOut(uid codec.RawUID) bidstream.OptOut {
	p.asked = append(p.asked, uid)
	return p.MemoryOptOuts.OptOut(uid)
}

// TestPrefetch: opt-outs are told of just the users whom they are asked about later.
func TestPrefetch(t *testing.T) {
	store := &prefetching{MemoryOptOuts: new(bidstream.MemoryOptOuts)}
	d := newDecrypter(t, bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2))), bidstream.WithOptOuts(store))
	tokens := []string{"", fixtures.Token("G5").Text, fixtures.Token("G3").Text, fixtures.Token("G6").Text, fixtures.Token("G8").Text, fixtures.Token("G9").Text}
	d.DecryptStringBatch(make([]bidstream.Verdict, len(tokens)), tokens, bidstream.Query{NowMs: now})
	want := []codec.RawUID{uid(t, fixtures.Token("G3").UID), uid(t, fixtures.Token("G9").UID)}
	for _, got := range [][]codec.RawUID{store.told, store.asked} {
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%d users", len(got))
		}
	}
}

// TestBatchesThatDontFit: a wrong number is the caller's fault, and no token is judged.
func TestBatchesThatDontFit(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2)
	for _, c := range []struct{ verdicts, tokens, queries int }{{1, 0, 1}, {0, 1, 1}, {9, 10, 10}, {2, 2, 0}, {3, 3, 2}, {1, 1, 2}, {0, 0, 2}} {
		verdicts := make([]bidstream.Verdict, c.verdicts)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", c)
				}
			}()
			d.DecryptStringBatch(verdicts, make([]string, c.tokens), make([]bidstream.Query, c.queries)...)
		}()
		for _, v := range verdicts {
			if v.Status != 0 {
				t.Errorf("%+v: %v", c, v.Status)
			}
		}
	}
	d.DecryptBatch(nil, nil)
	d.DecryptBatch(nil, nil, bidstream.Query{})
}
