package redact

import (
	"slices"
	"strings"
)

// Replacement stands where a raw UID stood. It needs no escaping in JSON, URLs or HTML.
const Replacement = "REDACTED"

const (
	minChars = 43 // of a raw UID of 32 bytes, without the padding
	maxChars = 44 // of one of 33 bytes, which has none
)

// Set is the raw UIDs to look for. It is not safe for concurrent use.
type Set struct {
	raws     []string
	searcher *searcher // nil until a text needs it: most have no place for a raw UID
	parts    map[uint64]bool
}

// New returns the set of the given raw UIDs, each as base64 of 32 or 33 bytes; repeated ones count once. It panics if
// one is anything else. It keeps raws.
func New(raws []string) *Set {
	for _, raw := range raws {
		if bare := unpadded(raw); len(bare) < minChars || len(bare) > maxChars || strings.ContainsFunc(bare, isOther) {
			panic("redact: not a raw UID") // whose text is nobody's business
		}
	}
	return &Set{raws: raws}
}

func unpadded(raw string) string {
	if len(raw) == minChars+1 {
		return strings.TrimSuffix(raw, "=")
	}
	return raw
}

// isOther reports whether r is not a character of base64.
func isOther(r rune) bool { return r >= rune(len(values)) || values[r] >= other }

// searcher is a set that is ready for searching, and the state of a search.
type searcher struct {
	raws  [][]byte // base64 values
	tails []uint64 // the last eight of each
	slots []uint32 // hash table over tails: an index and one, or 0
	shift uint     // what of a hash is the index of a slot

	stack stack // of the text that is searched
	probe stack // of a short piece of it
}

func newSearcher(raws []string) *searcher {
	bits := uint(8)
	for 1<<bits < 64*min(len(raws), 64) || 1<<bits < 8*len(raws) {
		bits++
	}
	s := &searcher{slots: make([]uint32, 1<<bits), shift: 64 - bits}
	for _, raw := range raws {
		s.insert(unpadded(raw))
	}
	return s
}

func (s *searcher) insert(raw string) {
	decoded := []byte(raw)
	var end uint64
	for i, c := range decoded {
		decoded[i] = values[c]
		end = end<<6 | uint64(values[c])
	}
	end = tail(end)
	slot := s.slot(end)
	for ; s.slots[slot] != 0; slot = s.next(slot) {
		if slices.Equal(s.raws[s.slots[slot]-1], decoded) {
			return
		}
	}
	s.raws, s.tails = append(s.raws, decoded), append(s.tails, end)
	s.slots[slot] = uint32(len(s.raws))
}

// tail leaves the last eight of the base64 values.
func tail(values uint64) uint64 { return values & (1<<48 - 1) }

// known reports whether something in s may end with these base64 values.
func (s *searcher) known(values uint64) bool { return s.slots[s.slot(tail(values))] != 0 }

// slot is where to look for a tail first: Fibonacci hashing.
func (s *searcher) slot(tail uint64) uint64 { return tail * 0x9E3779B97F4A7C15 >> (s.shift & 63) }

func (s *searcher) next(slot uint64) uint64 { return (slot + 1) % uint64(len(s.slots)) }
