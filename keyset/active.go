package keyset

import (
	"cmp"
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// ActiveKey returns the key that a keyset encrypts with at nowMs (Unix milliseconds): of those with activation at or
// before nowMs and expiry after it, the one activated last, and of several such the one with the largest id. It
// returns false if the keyset is unknown or has no such key.
func (s *Snapshot) ActiveKey(keysetID int64, nowMs int64) (*codec.Key, bool) {
	return s.lastActive(s.keysets[keysetID], nowMs)
}

// ActiveSiteKey is ActiveKey for the keys of a site, which only legacy answers name.
func (s *Snapshot) ActiveSiteKey(siteID int64, nowMs int64) (*codec.Key, bool) {
	return s.lastActive(s.owned[siteID], nowMs)
}

// byActivation orders numbers of keys by activation; of keys activated together the larger id comes last, and so wins.
func (s *Snapshot) byActivation(a, b int32) int {
	return cmp.Or(cmp.Compare(s.keys[a].ActivatesMs, s.keys[b].ActivatesMs), cmp.Compare(s.keys[a].ID, s.keys[b].ID))
}

// lastActive returns the last active key of those with these numbers, which are in that order.
func (s *Snapshot) lastActive(sorted []int32, nowMs int64) (*codec.Key, bool) {
	for _, number := range slices.Backward(sorted) {
		if info := &s.keys[number]; info.Active(nowMs) {
			return s.table.Lookup(info.ID), true
		}
	}
	return nil, false
}
