package keyset

import (
	"cmp"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Snapshot is what one key answer said: keys, limits and sites. It never changes, so any number of goroutines may
// use it at the same time, and a caller that keeps the pointer sees one consistent key set. The zero Snapshot works: it
// holds no keys and belongs to no scope.
//
// Memory is about 750 bytes per key (its prepared ciphers), 1.5 to 2 KiB on processors that codec has no code for, plus the domain names.
type Snapshot struct {
	scope    codec.Scope
	table    *codec.KeyTable
	keys     []KeyInfo         // ascending by ID
	keysets  map[int64][]int32 // numbers in keys, ascending by activation, then id
	owned    map[int64][]int32 // by site, in the same order; legacy answers only
	sites    sites
	latestMs int64

	clockSkew, tokenExpiry      optional // milliseconds
	bidstreamMax, sharingMax    optional // milliseconds
	callerSite                  optional // a uint32
	masterKeyset, defaultKeyset optional
}

// KeyInfo is what is known about a key beside its secret.
type KeyInfo struct {
	ID        uint32
	KeysetID  int64 // meaningful if HasKeyset
	HasKeyset bool  // false for keys that only decrypt, and for every key of a bidstream answer
	SiteID    int64 // legacy answers only, -1 for a master key; otherwise 0

	CreatedMs, ActivatesMs, ExpiresMs int64 // Unix milliseconds
}

// Active reports whether the key may encrypt at nowMs (Unix milliseconds): it was activated at or before, and expires after
// it.
func (k KeyInfo) Active(nowMs int64) bool { return k.ActivatesMs <= nowMs && nowMs < k.ExpiresMs }

// Scope returns the identity scope of the keys, 0 for the zero Snapshot.
func (s *Snapshot) Scope() codec.Scope { return s.scope }

// Keys returns the keys by id, for opening tokens. A key's own activation and expiry don't matter there.
func (s *Snapshot) Keys() *codec.KeyTable { return s.table }

// empty has no keys.
var empty Snapshot

// OrEmpty returns s, or a Snapshot without keys if s is nil.
func (s *Snapshot) OrEmpty() *Snapshot {
	if s == nil {
		return &empty
	}
	return s
}

// Len returns how many keys there are.
func (s *Snapshot) Len() int { return len(s.keys) }

// All yields the keys in ascending order of id.
func (s *Snapshot) All() iter.Seq[KeyInfo] { return slices.Values(s.keys) }

// Info returns what is known about the key with this id.
func (s *Snapshot) Info(id uint32) (KeyInfo, bool) {
	i, found := slices.BinarySearchFunc(s.keys, KeyInfo{ID: id}, ascending)
	if !found {
		return KeyInfo{}, false
	}
	return s.keys[i], true
}

func ascending(a, b KeyInfo) int { return cmp.Compare(a.ID, b.ID) }

// LatestExpiryMs returns the expiry of the key that expires last, in Unix milliseconds; 0 if there are no keys.
func (s *Snapshot) LatestExpiryMs() int64 { return s.latestMs }

// Synced reports whether at least one key expires strictly after nowMs (Unix milliseconds). If not, the set is so old
// that nothing should be decrypted with it.
func (s *Snapshot) Synced(nowMs int64) bool { return len(s.keys) > 0 && s.latestMs > nowMs }

// MaxBidstreamLifetimeMs returns the longest lifetime, in milliseconds, that a token met in the bidstream may have;
// limited is false if the operator set none.
func (s *Snapshot) MaxBidstreamLifetimeMs() (ms int64, limited bool) {
	return s.bidstreamMax.value, s.bidstreamMax.set
}

// MaxSharingLifetimeMs is MaxBidstreamLifetimeMs for tokens that a sharer sent.
func (s *Snapshot) MaxSharingLifetimeMs() (ms int64, limited bool) {
	return s.sharingMax.value, s.sharingMax.set
}

// ClockSkewMs returns how far in the future, in milliseconds, a token may have been generated. Default 30 minutes.
func (s *Snapshot) ClockSkewMs() int64 { return s.clockSkew.or(defaultClockSkewSeconds * 1000) }

// TokenExpiryMs returns the lifetime, in milliseconds, that sharing tokens get. Default 30 days.
func (s *Snapshot) TokenExpiryMs() int64 { return s.tokenExpiry.or(defaultTokenExpirySeconds * 1000) }

// MasterKeysetID returns the keyset whose active key is the outer one of new tokens.
func (s *Snapshot) MasterKeysetID() (id int64, ok bool) {
	return s.masterKeyset.value, s.masterKeyset.set
}

// DefaultKeysetID returns the keyset whose active key is the inner one of new tokens; without one the caller may not
// encrypt by default.
func (s *Snapshot) DefaultKeysetID() (id int64, ok bool) {
	return s.defaultKeyset.value, s.defaultKeyset.set
}

// CallerSiteID returns the site that the credentials belong to, which new tokens carry. A negative one, as an operator
// may send for credentials of no site, counts as none.
func (s *Snapshot) CallerSiteID() (id uint32, ok bool) {
	return uint32(s.callerSite.value), s.callerSite.set
}

// String tells scope and size only; so do the other ways to print or log a Snapshot.
func (s *Snapshot) String() string {
	return fmt.Sprintf("[keyset of %d %v keys]", len(s.keys), s.scope)
}

// Format is String for every verb.
func (s *Snapshot) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue is String.
func (s *Snapshot) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String.
func (s *Snapshot) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// build makes the immutable form of a parsed answer.
func build(h *header) (*Snapshot, error) {
	scope, err := parseScope(h.Scope)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{
		scope:         scope,
		sites:         newSites(h.Sites),
		masterKeyset:  h.MasterKeysetID,
		defaultKeyset: h.DefaultKeysetID,
	}
	if err := s.setCaller(h.CallerSiteID); err != nil {
		return nil, err
	}
	if err := s.setLimits(h); err != nil {
		return nil, err
	}
	if err := s.setKeys(h.Keys); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Snapshot) setCaller(site optional) error {
	if site.value > math.MaxUint32 {
		return fmt.Errorf("%w: body.caller_site_id is out of range", ErrMalformed)
	}
	if site.value >= 0 {
		s.callerSite = site
	}
	return nil
}

func (s *Snapshot) setLimits(h *header) error {
	for _, limit := range []struct {
		name    string
		seconds optional
		ms      *optional
	}{
		{"allow_clock_skew_seconds", h.ClockSkew, &s.clockSkew},
		{"max_bidstream_lifetime_seconds", h.BidstreamMax, &s.bidstreamMax},
		{"max_sharing_lifetime_seconds", h.SharingMax, &s.sharingMax},
		{"token_expiry_seconds", h.TokenExpiry, &s.tokenExpiry},
	} {
		if limit.seconds.value < 0 {
			return fmt.Errorf("%w: body.%s is negative", ErrMalformed, limit.name)
		}
		if limit.seconds.set {
			*limit.ms = some(millis(limit.seconds.value))
		}
	}
	if s.tokenExpiry.value == 0 {
		s.tokenExpiry = optional{} // 0 means the default, as absent does
	}
	return nil
}

func (s *Snapshot) setKeys(entries []keyEntry) error {
	all := make([]*codec.Key, len(entries))
	for i := range entries {
		var err error
		if all[i], err = entries[i].key(i); err != nil {
			return err
		}
	}
	s.table = codec.NewKeyTable(all) // the last of an id wins
	s.index(entries)
	return nil
}

func (e *keyEntry) info() KeyInfo {
	return KeyInfo{
		ID: e.id(), KeysetID: e.KeysetID.value, HasKeyset: e.KeysetID.set, SiteID: e.SiteID.value,
		CreatedMs: millis(e.Created.value), ActivatesMs: millis(e.Activates.value), ExpiresMs: millis(e.Expires.value),
	}
}

// index builds every view of the keys, each sorted here and nowhere else.
func (s *Snapshot) index(entries []keyEntry) {
	last := make(map[uint32]int, len(entries))
	for i := range entries {
		last[entries[i].id()] = i
	}
	s.keys = make([]KeyInfo, 0, len(last))
	for i := range entries {
		if last[entries[i].id()] == i {
			s.keys = append(s.keys, entries[i].info())
		}
	}
	slices.SortFunc(s.keys, ascending)
	s.keysets, s.owned = make(map[int64][]int32), make(map[int64][]int32)
	for i := range s.keys {
		info := &s.keys[i]
		if i == 0 || info.ExpiresMs > s.latestMs {
			s.latestMs = info.ExpiresMs
		}
		if info.HasKeyset {
			s.keysets[info.KeysetID] = append(s.keysets[info.KeysetID], int32(i))
		}
		if info.SiteID != 0 {
			s.owned[info.SiteID] = append(s.owned[info.SiteID], int32(i))
		}
	}
	for _, groups := range []map[int64][]int32{s.keysets, s.owned} {
		for _, numbers := range groups {
			slices.SortFunc(numbers, s.byActivation)
		}
	}
}
