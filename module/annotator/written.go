package annotator

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// writing says of which tokens a bidder's request got the raw UID, a bit each: those of the auction, and the bidder's
// own ones.
type writing struct{ tokens, own uint64 }

// add counts a token with a number of [Decision.find].
func (w *writing) add(i, shared int) {
	if i < shared {
		w.tokens |= 1 << i
	} else {
		w.own |= 1 << (i - shared)
	}
}

// A bidder's request has no more uids of either kind than a writing has bits.
const _ = uint(64 - openrtb.MaxUIDs)

// written remembers which raw UIDs of an auction went into bidders' requests: what is to be redacted, and nothing else.
// Bidders add to it at the same time. Raw UIDs of the auction's tokens are bits, which is all that ordinary auctions
// have; only the tokens that a bidder has to itself take the map.
type written struct {
	tokens atomic.Uint64
	hasOwn atomic.Bool
	own    sync.Map // raw UIDs, as strings, each once
}

// remember is called before a request goes out.
func (w *written) remember(wrote writing, own []token) {
	if wrote.tokens != 0 {
		w.tokens.Or(wrote.tokens)
	}
	for mask := wrote.own; mask != 0; mask &= mask - 1 {
		w.own.Store(own[bits.TrailingZeros64(mask)].annotation.Raw, nil)
		w.hasOwn.Store(true)
	}
}

func (w *written) any() bool { return w.tokens.Load() != 0 || w.hasOwn.Load() }

// has reports whether a raw UID was written.
func (w *written) has(tokens []token, raw string) bool {
	for mask := w.tokens.Load(); mask != 0; mask &= mask - 1 {
		if tokens[bits.TrailingZeros64(mask)].annotation.Raw == raw {
			return true
		}
	}
	if !w.hasOwn.Load() {
		return false
	}
	_, ok := w.own.Load(raw)
	return ok
}

// raws returns the raw UIDs that were written. Two tokens may have the same.
func (w *written) raws(tokens []token) []string {
	raws := make([]string, 0, bits.OnesCount64(w.tokens.Load()))
	for mask := w.tokens.Load(); mask != 0; mask &= mask - 1 {
		raws = append(raws, tokens[bits.TrailingZeros64(mask)].annotation.Raw)
	}
	if w.hasOwn.Load() {
		w.own.Range(func(raw, _ any) bool {
			raws = append(raws, raw.(string))
			return true
		})
	}
	return raws
}

// find returns the index of a token, or -1.
func find(tokens []token, source openrtb.Source, id string) int {
	for i := range tokens {
		if t := &tokens[i]; t.source == source && t.id == id {
			return i
		}
	}
	return -1
}
