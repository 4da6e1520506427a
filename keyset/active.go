package keyset

import (
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// ActiveKey returns the key that a keyset encrypts with at nowMs (Unix milliseconds). Of the keys
// that were activated at or before nowMs and expire after it, that is the one activated last and,
// among equals, the one with the largest id. It returns false if the keyset is unknown or has no
// such key. It doesn't allocate.
func (s *Snapshot) ActiveKey(keysetID int64, nowMs int64) (*codec.Key, bool) {
	return s.lastActive(s.keysets.of(keysetID), nowMs)
}

// ActiveSiteKey is like ActiveKey for the keys of a site, which only legacy answers have.
func (s *Snapshot) ActiveSiteKey(siteID int64, nowMs int64) (*codec.Key, bool) {
	return s.lastActive(s.owned.of(siteID), nowMs)
}

// lastActive returns the last active key of those at these indexes, which group has sorted.
func (s *Snapshot) lastActive(sorted []int32, nowMs int64) (*codec.Key, bool) {
	for _, number := range slices.Backward(sorted) {
		if info := &s.keys[number]; info.Active(nowMs) {
			return s.table.Lookup(info.ID), true
		}
	}
	return nil, false
}
