package bidstream

import (
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// judge makes the checks that the package comment numbers. The token is parsed already, since its scope may decide whose
// keys checks 1 and 2 are about; what Parse found counts only after them.
func (d *Decrypter) judge(v *Verdict, t *codec.Token, parsed codec.Status, q Query) codec.Status {
	scope, keys := d.choose(t, q.Scope)
	if keys.Scope() == 0 {
		return codec.NotInitialized // 1
	}
	if !keys.Synced(q.NowMs) {
		return codec.KeysNotSynced // 2
	}
	if parsed != codec.Success {
		return parsed // 3-6
	}
	if keys.Scope() != scope && d.role != forLegacy || t.Scope != 0 && t.Scope != scope {
		return codec.InvalidIdentityScope // 7
	}
	if opened := t.Open(keys.Keys()); opened != codec.Success {
		return opened // 8-11
	}
	v.describe(t, scope)
	if q.NowMs > t.ExpiresMs {
		return codec.ExpiredToken // 12
	}
	if t.PrivacyBits.OptedOut() {
		v.OptOut = OptOut{State: OptedOut}
		return codec.UserOptedOut // 13
	}
	if t.PrivacyBits.ClientSideGenerated() && d.holdsToName(q) && !keys.NameAllowed(t.SiteID, q.Name) {
		return codec.DomainOrAppNameCheckFailed // 14
	}
	if !d.lifetimeAllowed(t, keys, q.NowMs) {
		return codec.InvalidTokenLifetime // 15
	}
	return d.checkOptOut(v, &t.UID) // 16
}

// describe fills in what an opened token says, but for the UID.
func (v *Verdict) describe(t *codec.Token, scope codec.Scope) {
	v.EstablishedMs, v.GeneratedMs, v.ExpiresMs = t.EstablishedMs, t.GeneratedMs, t.ExpiresMs
	v.SiteID, v.PrivacyBits = t.SiteID, t.PrivacyBits
	v.Scope, v.Type, v.Version = scope, t.Type, t.Version
}

// checkOptOut sets v.uid unless the user has opted out, or may have and that matters.
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

// holdsToName reports whether a token made on a client must have a name that is allowed.
func (d *Decrypter) holdsToName(q Query) bool {
	return d.role == forBidding || d.role == forLegacy && q.Name != ""
}

// lifetimeAllowed reports whether a token lives no longer than allowed and doesn't come from further in the future than
// clocks may differ. A version 2 token doesn't tell when it was made: it is judged by the time that it has left.
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
	if limited && apart(start, t.ExpiresMs) > uint64(longest) {
		return false
	}
	return apart(nowMs, start) <= uint64(keys.ClockSkewMs())
}

// apart returns how much later until is than from, 0 if it isn't. Any two int64 are less than 2^64 apart, so that the
// result is right even where until-from overflows.
func apart(from, until int64) uint64 {
	return uint64(max(from, until)) - uint64(from)
}
