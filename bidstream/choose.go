package bidstream

import (
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// choose returns the scope that a token must be of, and the keys to try it with. If the scope has no source, they are other
// keys, if there are any: good enough for the checks before the one for scopes, which fails then.
func (d *Decrypter) choose(t *codec.Token, wanted codec.Scope) (codec.Scope, *keyset.Snapshot) {
	if wanted == 0 {
		wanted = t.Scope
	}
	if wanted != 0 {
		if d.has(wanted) {
			return wanted, d.keys(wanted)
		}
		_, other := d.any()
		return wanted, other
	}
	return d.holder(t.MasterKeyID)
}

// holder returns the keys that have the one with this id, or any.
func (d *Decrypter) holder(masterKeyID uint32) (codec.Scope, *keyset.Snapshot) {
	for scope := codec.ScopeUID2; scope <= codec.ScopeEUID; scope++ {
		if keys := d.keys(scope); keys.Keys().Lookup(masterKeyID) != nil {
			return scope, keys
		}
	}
	return d.any()
}

// any returns the first keys that are loaded.
func (d *Decrypter) any() (codec.Scope, *keyset.Snapshot) {
	for scope := codec.ScopeUID2; scope <= codec.ScopeEUID; scope++ {
		if keys := d.keys(scope); keys.Scope() != 0 {
			return scope, keys
		}
	}
	return 0, (*keyset.Snapshot)(nil).OrEmpty()
}

func (d *Decrypter) has(scope codec.Scope) bool {
	return int(scope) < len(d.sources) && d.sources[scope] != nil
}

// keys returns the current keys of a scope, none where it has no source.
func (d *Decrypter) keys(scope codec.Scope) (keys *keyset.Snapshot) {
	if d.has(scope) {
		keys = d.sources[scope].Snapshot()
	}
	return keys.OrEmpty()
}
