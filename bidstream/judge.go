package bidstream

import (
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// judge makes the checks that the package comment numbers.
func (d *Decrypter) judge(v *Verdict, t *codec.Token, parsed codec.Status, q *Query) codec.Status {
	scope, keys, status := d.admit(t, parsed, q)
	if status != codec.Success {
		return status // 1-7
	}
	if opened := t.Open(keys.Keys()); opened != codec.Success {
		return opened // 8-11
	}
	if status := d.inspect(v, t, scope, keys, q); status != codec.Success {
		return status // 12-15
	}
	return d.checkOptOut(v, &t.UID) // 16
}

// admit makes checks 1 to 7, and returns the token's scope and the keys to open it with. The token
// has been parsed before, since its scope may decide which keys checks 1 and 2 look at; parse
// errors are reported only after those two.
func (d *Decrypter) admit(t *codec.Token, parsed codec.Status, q *Query) (codec.Scope, *keyset.Snapshot, codec.Status) {
	scope, keys := d.choose(t, q.Scope)
	if keys.Scope() == 0 {
		return 0, nil, codec.NotInitialized // 1
	}
	if !keys.Synced(q.NowMs) {
		return 0, nil, codec.KeysNotSynced // 2
	}
	if parsed != codec.Success {
		return 0, nil, parsed // 3-6
	}
	if keys.Scope() != scope && d.role != forLegacy || t.Scope != 0 && t.Scope != scope {
		return 0, nil, codec.InvalidIdentityScope // 7
	}
	return scope, keys, codec.Success
}

// inspect makes checks 12 to 15 of an opened token, and fills in what it says.
func (d *Decrypter) inspect(v *Verdict, t *codec.Token, scope codec.Scope, keys *keyset.Snapshot, q *Query) codec.Status {
	v.describe(t, scope)
	if q.NowMs > t.ExpiresMs {
		return codec.ExpiredToken // 12
	}
	if t.PrivacyBits.OptedOut() {
		v.OptOut = OptOut{State: OptedOut}
		return codec.UserOptedOut // 13
	}
	if t.PrivacyBits.ClientSideGenerated() && d.requiresName(q) && !keys.NameAllowed(t.SiteID, q.Name) {
		return codec.DomainOrAppNameCheckFailed // 14
	}
	if !d.lifetimeAllowed(t, keys, q.NowMs) {
		return codec.InvalidTokenLifetime // 15
	}
	return codec.Success
}

// describe copies the fields of an opened token, except for the UID.
func (v *Verdict) describe(t *codec.Token, scope codec.Scope) {
	v.EstablishedMs, v.GeneratedMs, v.ExpiresMs = t.EstablishedMs, t.GeneratedMs, t.ExpiresMs
	v.SiteID, v.PrivacyBits = t.SiteID, t.PrivacyBits
	v.Scope, v.Type, v.Version = scope, t.Type, t.Version
}

// checkOptOut sets v.OptOut, and sets v.uid unless the user has opted out, or the state is unknown
// and unknown users are withheld.
func (d *Decrypter) checkOptOut(v *Verdict, uid *codec.RawUID) codec.Status {
	if d.optOuts != nil {
		v.OptOut = d.optOuts.OptOut(*uid)
	}
	switch {
	case v.OptOut.State == OptedOut:
		return codec.UserOptedOut
	case v.OptOut.State == NotOptedOut, d.allowUnsynced, d.optOuts == nil:
		v.uid = *uid
	}
	return codec.Success
}

// requiresName reports whether a token generated on the client side needs an allowed domain or app
// name.
func (d *Decrypter) requiresName(q *Query) bool {
	return d.role == forBidding || d.role == forLegacy && q.Name != ""
}

// lifetimeAllowed reports whether a token's lifetime is within the limit, and whether the token was
// generated no further in the future than the allowed clock skew. A version 2 token doesn't say
// when it was generated, so its remaining lifetime is checked instead.
func (d *Decrypter) lifetimeAllowed(t *codec.Token, keys *keyset.Snapshot, nowMs int64) bool {
	if d.role == forLegacy {
		return true
	}
	start := t.GeneratedMs
	if t.Version == codec.V2 {
		start = nowMs
	}
	longest, limited := keys.MaxBidstreamLifetimeMs()
	if d.role == forSharing {
		longest, limited = keys.MaxSharingLifetimeMs()
	}
	if limited && saturatingSub(t.ExpiresMs, start) > uint64(longest) {
		return false
	}
	return saturatingSub(start, nowMs) <= uint64(keys.ClockSkewMs())
}

// saturatingSub returns a-b, or 0 if a is less than b. Two int64 are less than 2^64 apart, so the
// result is right even where a-b overflows an int64.
func saturatingSub(a, b int64) uint64 {
	return uint64(max(a, b)) - uint64(b)
}
