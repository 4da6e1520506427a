package redact

import "slices"

// Replacement stands where a raw UID stood. It needs no escaping in JSON, URLs or HTML.
const Replacement = "REDACTED"

const (
	minChars = 43 // of a raw UID of 32 bytes, without the padding
	maxChars = 44 // of one of 33 bytes, which has none
)

// Set is the raw UIDs to look for. It is not safe for concurrent use.
type Set struct {
	raws  [][]byte // base64 values
	tails []uint64 // the last eight of each
	slots []uint32 // hash table over tails: an index and one, or 0
	shift uint     // what of a hash is the index of a slot

	stack stack // of the text that is searched
	probe stack // of a short piece of it
}

// New returns the set of the given raw UIDs, each as base64 of 32 or 33 bytes; repeated ones count once. It panics if
// one is anything else.
func New(raws []string) *Set {
	bits := uint(12)
	for 1<<bits < 8*len(raws) {
		bits++
	}
	s := &Set{slots: make([]uint32, 1<<bits), shift: 64 - bits}
	for _, raw := range raws {
		s.insert(baseValues(raw))
	}
	return s
}

// baseValues decodes base64 to its values, and to no bytes.
func baseValues(raw string) []byte {
	if len(raw) == minChars+1 && raw[minChars] == '=' {
		raw = raw[:minChars]
	}
	decoded := []byte(raw)
	for i, c := range decoded {
		decoded[i] = values[c]
	}
	if len(raw) < minChars || len(raw) > maxChars || slices.Max(decoded) >= other {
		panic("redact: not a raw UID") // whose text is nobody's business
	}
	return decoded
}

func (s *Set) insert(raw []byte) {
	var end uint64
	for _, v := range raw {
		end = end<<6 | uint64(v)
	}
	end = tail(end)
	slot := s.slot(end)
	for ; s.slots[slot] != 0; slot = s.next(slot) {
		if slices.Equal(s.raws[s.slots[slot]-1], raw) {
			return
		}
	}
	s.raws, s.tails = append(s.raws, raw), append(s.tails, end)
	s.slots[slot] = uint32(len(s.raws))
}

// tail leaves the last eight of the base64 values.
func tail(values uint64) uint64 { return values & (1<<48 - 1) }

// known reports whether something in s may end with these base64 values.
func (s *Set) known(values uint64) bool { return s.slots[s.slot(tail(values))] != 0 }

// slot is where to look for a tail first: Fibonacci hashing.
func (s *Set) slot(tail uint64) uint64 { return tail * 0x9E3779B97F4A7C15 >> (s.shift & 63) }

func (s *Set) next(slot uint64) uint64 { return (slot + 1) % uint64(len(s.slots)) }
