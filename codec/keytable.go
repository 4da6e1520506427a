package codec

import "math/bits"

// KeyTable looks up keys by id. It is immutable, and so safe for concurrent use. A nil *KeyTable
// and the zero value hold no keys.
//
// It is a hash table with open addressing and linear probing: at most three quarters of the slots
// are taken, and a free slot ends a search. A slot has 16 bytes, so that the table stays in a near
// cache even with many thousands of keys.
type KeyTable struct {
	slots []Key // the length is a power of two, or 0; a slot without a pointer is free
	shift uint8 // reduces a hash to an index
	count int
}

// NewKeyTable builds a table of keys. If an id repeats, the last key wins. Nil keys are ignored.
// The table holds copies of the keys, which share the originals' ciphers.
func NewKeyTable(keys []*Key) *KeyTable {
	width := max(bits.Len(uint(len(keys)+len(keys)/3)), 2)
	t := &KeyTable{slots: make([]Key, 1<<width), shift: uint8(64 - width)}
	for _, key := range keys {
		if key != nil {
			t.put(key)
		}
	}
	return t
}

func (t *KeyTable) put(key *Key) {
	slot := t.find(key.id)
	if slot.pointer == nil {
		t.count++
	}
	*slot = *key
}

// find returns the slot that holds the id, or the free slot where it would be stored.
func (t *KeyTable) find(id uint32) *Key {
	mask := len(t.slots) - 1
	// Fibonacci hashing: multiplying by 2^64 divided by the golden ratio spreads ids, which are
	// mostly small and consecutive, over the top bits.
	for i := int(uint64(id) * 0x9E3779B97F4A7C15 >> t.shift); ; i++ {
		if slot := &t.slots[i&mask]; slot.id == id || slot.pointer == nil {
			return slot
		}
	}
}

// Lookup returns the key with this id, or nil. It doesn't allocate.
func (t *KeyTable) Lookup(id uint32) *Key {
	if t == nil || len(t.slots) == 0 {
		return nil
	}
	if slot := t.find(id); slot.pointer != nil {
		return slot
	}
	return nil
}

// Len returns the number of keys.
func (t *KeyTable) Len() int {
	if t == nil {
		return 0
	}
	return t.count
}
