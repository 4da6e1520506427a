package codec

import "math/bits"

// KeyTable finds keys by their ids. It is immutable, and so safe for concurrent use. A nil table and the zero value hold
// no keys.
//
// It is a flat array with open addressing: at most half of the slots are taken, the next free one after the hash's slot
// takes a key, and a free slot ends a search.
type KeyTable struct {
	slots []slot // a power of two of them, or none
	shift uint8  // takes a hash down to an index
	count int
}

type slot struct {
	id  uint32 // beside the key, so that a search doesn't follow the pointers of other keys
	key *Key   // nil where free
}

// NewKeyTable builds a table of keys. If an id repeats, the last one wins. Nil keys are ignored. The table keeps the
// pointers, not the slice.
func NewKeyTable(keys []*Key) *KeyTable {
	width := max(bits.Len(uint(len(keys)))+1, 2) // more than twice as many slots as keys
	t := &KeyTable{slots: make([]slot, 1<<width), shift: uint8(64 - width)}
	for _, key := range keys {
		if key != nil {
			t.put(key)
		}
	}
	return t
}

func (t *KeyTable) put(key *Key) {
	s := &t.slots[t.find(key.id)]
	if s.key == nil {
		t.count++
	}
	*s = slot{id: key.id, key: key}
}

// find returns the index of the slot that holds the id, or of the free one where it would go.
func (t *KeyTable) find(id uint32) int {
	mask := len(t.slots) - 1
	// Ids are mostly small and consecutive: multiplying by 2^64 divided by the golden ratio spreads them over the top bits.
	i := int(uint64(id) * 0x9E3779B97F4A7C15 >> t.shift)
	for t.slots[i&mask].key != nil && t.slots[i&mask].id != id {
		i++
	}
	return i & mask
}

// Lookup returns the key with this id, or nil. It doesn't allocate.
func (t *KeyTable) Lookup(id uint32) *Key {
	if t == nil || len(t.slots) == 0 {
		return nil
	}
	return t.slots[t.find(id)].key
}

// Len returns the number of keys.
func (t *KeyTable) Len() int {
	if t == nil {
		return 0
	}
	return t.count
}
