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

// Snapshot holds the keys, limits and sites of one key answer. It is immutable, so it is safe for
// concurrent use, and a caller that keeps the pointer sees one consistent key set. The zero
// Snapshot is valid: it holds no keys and belongs to no scope.
//
// It takes about 980 bytes per key (its prepared ciphers), 1.5 to 2 KiB on processors for which
// codec has no code of its own, plus the domain names.
type Snapshot struct {
	scope    codec.Scope
	table    *codec.KeyTable
	keys     []KeyInfo // sorted by ID
	keysets  groups
	owned    groups // by site; legacy answers only
	sites    sites
	latestMs int64

	clockSkew, tokenExpiry      optional // milliseconds
	bidstreamMax, sharingMax    optional // milliseconds
	callerSite                  optional // a uint32
	masterKeyset, defaultKeyset optional
}

// KeyInfo describes a key, without its secret.
type KeyInfo struct {
	ID        uint32
	KeysetID  int64 // meaningful if HasKeyset
	HasKeyset bool  // false for keys that only decrypt, and for every key of a bidstream answer
	SiteID    int64 // legacy answers only, -1 for a master key; otherwise 0

	CreatedMs, ActivatesMs, ExpiresMs int64 // Unix milliseconds
}

// Active reports whether the key may encrypt at nowMs (Unix milliseconds): it was activated at or
// before nowMs, and expires after it.
func (k KeyInfo) Active(nowMs int64) bool { return k.ActivatesMs <= nowMs && nowMs < k.ExpiresMs }

// Scope returns the identity scope of the keys, or 0 for the zero Snapshot.
func (s *Snapshot) Scope() codec.Scope { return s.scope }

// Keys returns the keys by id, for opening tokens, which doesn't depend on a key's own activation
// and expiry.
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

// Sites returns how many sites have names.
func (s *Snapshot) Sites() int { return len(s.sites) }

// All yields the keys in ascending order of id.
func (s *Snapshot) All() iter.Seq[KeyInfo] { return slices.Values(s.keys) }

// Info returns the description of the key with this id, and reports whether there is one.
func (s *Snapshot) Info(id uint32) (KeyInfo, bool) {
	i, found := slices.BinarySearchFunc(s.keys, KeyInfo{ID: id}, ascending)
	if !found {
		return KeyInfo{}, false
	}
	return s.keys[i], true
}

func ascending(a, b KeyInfo) int { return cmp.Compare(a.ID, b.ID) }

// LatestExpiryMs returns the expiry of the key that expires last, in Unix milliseconds, or 0 if
// there are no keys.
func (s *Snapshot) LatestExpiryMs() int64 { return s.latestMs }

// Synced reports whether at least one key expires strictly after nowMs (Unix milliseconds). If not,
// the keys are too old to decrypt anything with.
func (s *Snapshot) Synced(nowMs int64) bool { return len(s.keys) > 0 && s.latestMs > nowMs }

// MaxBidstreamLifetimeMs returns the longest lifetime that a token in the bidstream may have, in
// milliseconds; limited is false if the operator set no limit.
func (s *Snapshot) MaxBidstreamLifetimeMs() (ms int64, limited bool) {
	return s.bidstreamMax.value, s.bidstreamMax.set
}

// MaxSharingLifetimeMs is like MaxBidstreamLifetimeMs, for tokens from sharers.
func (s *Snapshot) MaxSharingLifetimeMs() (ms int64, limited bool) {
	return s.sharingMax.value, s.sharingMax.set
}

// ClockSkewMs returns how far in the future, in milliseconds, a token may have been generated.
// Default 30 minutes.
func (s *Snapshot) ClockSkewMs() int64 { return s.clockSkew.or(defaultClockSkewSeconds * 1000) }

// TokenExpiryMs returns the lifetime of new sharing tokens, in milliseconds. Default 30 days.
func (s *Snapshot) TokenExpiryMs() int64 { return s.tokenExpiry.or(defaultTokenExpirySeconds * 1000) }

// MasterKeysetID returns the keyset whose active key encrypts the master layer of new tokens.
func (s *Snapshot) MasterKeysetID() (id int64, ok bool) {
	return s.masterKeyset.value, s.masterKeyset.set
}

// DefaultKeysetID returns the keyset whose active key encrypts the site layer of new tokens. If ok
// is false, the caller may not encrypt by default.
func (s *Snapshot) DefaultKeysetID() (id int64, ok bool) {
	return s.defaultKeyset.value, s.defaultKeyset.set
}

// CallerSiteID returns the site that the credentials belong to, which new tokens name. A negative
// site id, which operators may send for credentials without a site, counts as none.
func (s *Snapshot) CallerSiteID() (id uint32, ok bool) {
	return uint32(s.callerSite.value), s.callerSite.set
}

// String returns the scope and the number of keys; a Snapshot prints and logs as nothing else.
func (s *Snapshot) String() string {
	return fmt.Sprintf("[keyset of %d %v keys]", len(s.keys), s.scope)
}

// Format writes what String returns, for every verb.
func (s *Snapshot) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue returns what String returns.
func (s *Snapshot) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String returns.
func (s *Snapshot) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// build turns a parsed answer into a Snapshot.
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
		s.tokenExpiry = optional{} // 0 means the default, as if absent
	}
	return nil
}

func (s *Snapshot) setKeys(entries []keyEntry) error {
	defer clear(entries)
	var err error
	s.table, err = codec.KeyTableOf(len(entries), func(i int) (uint32, []byte, error) { // if an id repeats, the last one wins
		e := &entries[i]
		return e.id(), e.Secret.bytes[:], e.check(i)
	})
	if err != nil {
		return err
	}
	s.index(entries)
	return nil
}

func (e *keyEntry) info() KeyInfo {
	return KeyInfo{
		ID: e.id(), KeysetID: e.KeysetID.value, HasKeyset: e.KeysetID.set, SiteID: e.SiteID.value,
		CreatedMs: millis(e.Created.value), ActivatesMs: millis(e.Activates.value), ExpiresMs: millis(e.Expires.value),
	}
}

// index builds every view of the keys. This is the only place where they are sorted.
func (s *Snapshot) index(entries []keyEntry) {
	s.keys = make([]KeyInfo, len(entries))
	for i := range entries {
		s.keys[i] = entries[i].info()
	}
	slices.SortStableFunc(s.keys, ascending)
	s.keys = lastOfEach(s.keys)
	for i := range s.keys {
		if expires := s.keys[i].ExpiresMs; i == 0 || expires > s.latestMs {
			s.latestMs = expires
		}
	}
	s.keysets = s.group(func(k *KeyInfo) (int64, bool) { return k.KeysetID, k.HasKeyset })
	s.owned = s.group(func(k *KeyInfo) (int64, bool) { return k.SiteID, k.SiteID != 0 })
}

// lastOfEach keeps the last of adjacent keys with the same id.
func lastOfEach(sorted []KeyInfo) []KeyInfo {
	kept := sorted[:0]
	for i, key := range sorted {
		if i+1 == len(sorted) || sorted[i+1].ID != key.ID {
			kept = append(kept, key)
		}
	}
	return kept
}
