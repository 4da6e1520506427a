package bidstream

import (
	"sync"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// DecryptBatch judges tokens: verdicts[i] is overwritten with what [Decrypter.Decrypt] says of
// tokens[i]. There is one query for all tokens, or one for each; DecryptBatch panics if the numbers
// don't fit. It neither changes tokens nor keeps a reference to them, and doesn't allocate.
//
// With many keys and opt-outs, most of the time that a token takes is spent waiting for memory, for
// one thing after another. In a batch, up to eight tokens go through the checks together, and what
// a check needs of the memory is asked for while others are at the check before. So eight tokens
// are enough; and where all is in the processor's caches, there is nothing to gain.
//
//go:noinline
func (d *Decrypter) DecryptBatch(verdicts []Verdict, tokens [][]byte, queries ...Query) {
	decryptBatch(d, verdicts, tokens, queries)
}

// DecryptStringBatch is like DecryptBatch, for strings.
//
//go:noinline
func (d *Decrypter) DecryptStringBatch(verdicts []Verdict, tokens []string, queries ...Query) {
	decryptBatch(d, verdicts, tokens, queries)
}

// decryptBatch is generic, and of a generic function another package's compiler doesn't see that
// its arguments may live on the stack. So those who call it aren't inlined.
func decryptBatch[T string | []byte](d *Decrypter, verdicts []Verdict, tokens []T, queries []Query) {
	if len(verdicts) != len(tokens) {
		panic("bidstream: not as many verdicts as tokens")
	}
	if len(queries) != 1 && len(queries) != len(tokens) {
		panic("bidstream: neither one query nor one for each token")
	}
	g := groups.Get().(*group)
	decryptWith(g, d, verdicts, tokens, queries)
	groups.Put(g)
}

// decryptWith judges tokens in a group, and leaves nothing of them there.
func decryptWith[T string | []byte](g *group, d *Decrypter, verdicts []Verdict, tokens []T, queries []Query) {
	for at := 0; at < len(tokens); at += groupSize {
		some := tokens[at:min(at+groupSize, len(tokens))]
		of := queries[min(at, len(queries)-1):]
		for i, token := range some {
			g.begin(d, i, codec.Parse(&g.tokens[i], token), ofToken(of, i))
		}
		g.end(d, verdicts[at:at+len(some)], of)
	}
	g.wipe(min(len(tokens), groupSize))
}

// ofToken returns the query of the i-th token.
func ofToken(queries []Query, i int) *Query { return &queries[min(i, len(queries)-1)] }

// groupSize is how many tokens are judged together. The keys of a round, 450 bytes for each token,
// must have room in the nearest cache, and a processor waits for a dozen or two of its lines at
// once.
const groupSize = 8

// group is where tokens are judged together. Its openings have their statuses.
type group struct {
	tokens   [groupSize]codec.Token
	openings [groupSize]codec.Opening
	chosen   [groupSize]chosen
}

// chosen is what a token is judged by.
type chosen struct {
	scope codec.Scope
	keys  *keyset.Snapshot
}

// groups is a pool for the reason that tokens is one.
var groups = sync.Pool{New: func() any { return new(group) }}

// begin makes the checks of the i-th token that come before it is opened.
func (g *group) begin(d *Decrypter, i int, parsed codec.Status, q *Query) {
	t, c := &g.tokens[i], &g.chosen[i]
	var status codec.Status
	if c.scope, c.keys, status = d.admit(t, parsed, q); status == codec.Success {
		g.openings[i].Begin(t, c.keys.Keys())
	} else {
		g.openings[i].Status = status
	}
}

// end makes the other checks of as many tokens as there are verdicts.
func (g *group) end(d *Decrypter, verdicts []Verdict, queries []Query) {
	openings := g.openings[:len(verdicts)]
	codec.OpenAll(openings)
	for i := range openings {
		t, c, v := &g.tokens[i], &g.chosen[i], &verdicts[i]
		if *v = (Verdict{}); openings[i].Status == codec.Success {
			openings[i].Status = d.inspect(v, t, c.scope, c.keys, ofToken(queries, i))
		}
		if d.prefetcher != nil && openings[i].Status == codec.Success {
			d.prefetcher.Prefetch(t.UID)
		}
	}
	for i := range openings {
		v := &verdicts[i]
		if v.Status = openings[i].Status; v.Status == codec.Success {
			v.Status = d.checkOptOut(v, &g.tokens[i].UID)
		}
	}
}

// wipe leaves nothing of the first n tokens, whose places the next batches may not need, nor of
// what they were judged by.
func (g *group) wipe(n int) {
	for i := range n {
		g.tokens[i].Wipe()
		g.openings[i], g.chosen[i] = codec.Opening{}, chosen{}
	}
}
