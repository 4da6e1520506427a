package bidstream

import (
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// choose returns the scope that a token must have, and the keys to try it with. If that scope has
// no source, these are the other scope's keys, if any: they serve the checks that come before the
// scope check, which then fails.
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

// holder returns the keys that include the master key with this id, or else any keys.
func (d *Decrypter) holder(masterKeyID uint32) (codec.Scope, *keyset.Snapshot) {
	for scope := codec.ScopeUID2; scope <= codec.ScopeEUID; scope++ {
		if keys := d.keys(scope); keys.Keys().Lookup(masterKeyID) != nil {
			return scope, keys
		}
	}
	return d.any()
}

// any returns the first scope whose keys are loaded, and its keys.
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
