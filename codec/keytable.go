package codec

import "math/bits"

// KeyTable finds keys by their ids. It is immutable, and so safe for concurrent use. A nil table and the zero value hold
// no keys.
//
// It is a flat array with open addressing: at most three quarters of the slots are taken, the next free one after the hash's slot
// takes a key, and a free slot ends a search. A slot has 16 bytes, so that those of many thousand keys stay in a near cache.
type KeyTable struct {
	slots []Key // a power of two of them, or none; free where there is no cipher
	shift uint8 // takes a hash down to an index
	count int
}

// NewKeyTable builds a table of keys. If an id repeats, the last one wins. Nil keys are ignored. The table keeps copies of the
// keys, which share their ciphers.
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

// find returns the slot that holds the id, or the free one where it would go.
func (t *KeyTable) find(id uint32) *Key {
	mask := len(t.slots) - 1
	// Ids are mostly small and consecutive: multiplying by 2^64 divided by the golden ratio spreads them over the top bits.
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
