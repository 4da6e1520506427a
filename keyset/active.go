package keyset

import (
	"cmp"
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// active is a key with what decides whether it is the active one of its keyset.
type active struct {
	key  *codec.Key
	info KeyInfo
}

// byActivation orders by activation; of keys activated together the larger id comes last, and so wins.
func byActivation(a, b active) int {
	return cmp.Or(cmp.Compare(a.info.ActivatesMs, b.info.ActivatesMs), cmp.Compare(a.info.ID, b.info.ID))
}

// ActiveKey returns the key that a keyset encrypts with at nowMs (Unix milliseconds): of those with activation at or
// before nowMs and expiry after it, the one activated last, and of several such the one with the largest id. It
// returns false if the keyset is unknown or has no such key.
func (s *Snapshot) ActiveKey(keysetID int64, nowMs int64) (*codec.Key, bool) {
	return lastActive(s.keysets[keysetID], nowMs)
}

// ActiveSiteKey is ActiveKey for the keys of a site, which only legacy answers name.
func (s *Snapshot) ActiveSiteKey(siteID int64, nowMs int64) (*codec.Key, bool) {
	return lastActive(s.owned[siteID], nowMs)
}

func lastActive(sorted []active, nowMs int64) (*codec.Key, bool) {
	for _, k := range slices.Backward(sorted) {
		if k.info.Active(nowMs) {
			return k.key, true
		}
	}
	return nil, false
}
