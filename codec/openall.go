package codec

// Opening is one of several tokens that [OpenAll] opens together. Its zero value is ready to use,
// and so is one that has been used: Begin overwrites it.
type Opening struct {
	// Status is what [Token.Open] would return: after Begin, Success means only that OpenAll
	// goes on with the token.
	Status Status

	token *Token
	keys  *KeyTable
	size  int // of the sealed token
	slot  int // of the key that opens the next layer
}

// Begin takes a token that Parse has read, and the keys to open it with. The memory of its master
// key is on its way when it returns. Like Open, it consumes the token.
func (o *Opening) Begin(t *Token, keys *KeyTable) {
	*o = Opening{token: t, keys: keys}
	o.size, o.slot, o.Status = t.begin(keys)
	o.prefetch()
}

// OpenAll opens tokens that Begin has taken, in two rounds, a layer in each: what keys a layer
// needs is asked of the memory a round before, so that it is waited for once for all tokens, and
// not once for each key. The tokens' fields and statuses are those that Open would have given them,
// one after another. With a few keys, which are in the processor's caches, it is no faster.
//
// It is made for some ten tokens, as the keys of a round must have room in the nearest cache. It
// doesn't allocate.
func OpenAll(all []Opening) {
	for i := range all {
		if o := &all[i]; o.Status == Success {
			o.slot, o.Status = o.token.openMaster(o.size, o.slot, o.keys)
			o.prefetch()
		}
	}
	for i := range all {
		if o := &all[i]; o.Status == Success {
			o.Status = o.token.openSite(o.size, o.slot, o.keys)
		}
	}
}

// prefetch asks for the memory of the next layer's key.
func (o *Opening) prefetch() {
	if o.Status == Success {
		o.keys.slots.prefetch(o.slot, o.token.Version)
	}
}
