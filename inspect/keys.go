package inspect

import (
	"github.com/uid2rtb/uid2rtb/keyset"
)

// Purposes of keys.
const (
	purposeMaster = "master"
	purposeSite   = "site"
)

// key describes a key that a token names.
func key(keys *keyset.Snapshot, id uint32, purpose string, nowMs int64) Key {
	info, held := keys.Info(id)
	if !held {
		return Key{ID: id, Purpose: purpose, State: "not held"}
	}
	return heldKey(info, purpose, nowMs)
}

func heldKey(info keyset.KeyInfo, purpose string, nowMs int64) Key {
	return Key{
		ID: info.ID, Purpose: purpose, Held: true, SiteID: int(info.SiteID),
		CreatedMs: info.CreatedMs, ActivatesMs: info.ActivatesMs, ExpiresMs: info.ExpiresMs,
		State: state(info, nowMs),
	}
}

// state says in a phrase whether a key may encrypt. Whether it opens a token doesn't depend on it.
func state(info keyset.KeyInfo, nowMs int64) string {
	switch {
	case info.Active(nowMs):
		return "active, expires " + distance(info.ExpiresMs, nowMs)
	case nowMs >= info.ExpiresMs:
		return "expired " + distance(info.ExpiresMs, nowMs) + "; it still opens tokens"
	}
	return "not active yet, activates " + distance(info.ActivatesMs, nowMs) + "; it opens tokens already"
}

// keysOf lists the keys that a token names, as far as it was read.
func (o *opened) keysOf(nowMs int64) []Key {
	list := []Key{}
	if o.hasMaster {
		list = append(list, key(o.keys, o.masterKeyID, purposeMaster, nowMs))
	}
	if o.master != nil {
		list = append(list, key(o.keys, o.siteKeyID, purposeSite, nowMs))
	}
	return list
}
