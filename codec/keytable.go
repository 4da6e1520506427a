package codec

import (
	"math/bits"
	"unsafe"
)

// KeyTable looks up keys by id. It is immutable, and so safe for concurrent use. A nil *KeyTable
// and the zero value hold no keys.
//
// It is a hash table with open addressing and linear probing: at most three quarters of the slots
// are taken, and a free slot ends a search. A key's ciphers are found by the number of its slot, so
// that the processor asks the memory for them while it still compares ids. Key 0, whose id marks a
// free slot, has the slot behind all others.
type KeyTable struct {
	ids   []uint32
	keys  []Key // one more than ids
	slots cipherSlots
	count int
}

// NewKeyTable builds a table of keys. If an id repeats, the last key wins. Nil keys are ignored.
// The table holds copies of the keys.
func NewKeyTable(keys []*Key) *KeyTable {
	t := newKeyTable(len(keys))
	for _, key := range keys {
		if key != nil {
			t.slots.share(t.add(key.id), key.ciphers())
		}
	}
	return t
}

// KeyTableOf builds a table of n keys. It calls key once for each number from 0 on, and keeps no
// reference to a secret, which must have [KeySize] bytes; another size is [ErrKeySize]. If an id
// repeats, the last key wins. It ends with the first error. It allocates a few times, however many
// keys there are.
func KeyTableOf(n int, key func(i int) (id uint32, secret []byte, err error)) (*KeyTable, error) {
	t := newKeyTable(n)
	for i := range n {
		id, secret, err := key(i)
		if err != nil {
			return nil, err
		}
		if len(secret) != KeySize {
			return nil, ErrKeySize
		}
		if err := t.slots.prepare(t.add(id), secret); err != nil {
			return nil, preparing(id, err)
		}
	}
	return t, nil
}

// newKeyTable returns a table with room for n keys.
func newKeyTable(n int) *KeyTable {
	if n == 0 {
		return new(KeyTable)
	}
	slots := n + n/3 + 1
	return &KeyTable{ids: make([]uint32, slots), keys: make([]Key, slots+1), slots: newCipherSlots(slots + 1)}
}

// add returns the slot for the key with this id, whose ciphers are still missing.
func (t *KeyTable) add(id uint32) (slot int) {
	slot, found := t.find(id)
	if !found {
		t.count++
		t.keys[slot] = Key{id, unsafe.Pointer(t.slots.at(slot))}
	}
	if id != 0 {
		t.ids[slot] = id
	}
	return slot
}

// find returns the slot of the id, or the free one where it would be stored.
func (t *KeyTable) find(id uint32) (slot int, found bool) {
	if id == 0 {
		slot = len(t.ids)
		return slot, slot < len(t.keys) && t.keys[slot].pointer != nil
	}
	// Fibonacci hashing: multiplying by 2^64 divided by the golden ratio spreads ids, which are
	// mostly small and consecutive, over the top bits.
	first, _ := bits.Mul64(uint64(id)*0x9E3779B97F4A7C15, uint64(len(t.ids)))
	for slot = int(first); slot < len(t.ids); slot++ {
		if at := t.ids[slot]; at == id || at == 0 {
			return slot, at == id
		}
	}
	for slot = range t.ids {
		if at := t.ids[slot]; at == id || at == 0 {
			return slot, at == id
		}
	}
	return 0, false // of a table without slots
}

// slot returns the slot of the key with this id, or -1.
func (t *KeyTable) slot(id uint32) int {
	if t == nil {
		return -1
	}
	if slot, found := t.find(id); found {
		return slot
	}
	return -1
}

// Lookup returns the key with this id, or nil. It doesn't allocate.
func (t *KeyTable) Lookup(id uint32) *Key {
	slot := t.slot(id)
	if slot < 0 {
		return nil
	}
	return &t.keys[slot]
}

// Len returns the number of keys.
func (t *KeyTable) Len() int {
	if t == nil {
		return 0
	}
	return t.count
}
