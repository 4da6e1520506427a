package bidstream

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Query is the circumstances of a token. All times are Unix milliseconds.
type Query struct {
	// Name is the registrable domain of the site, without subdomains, or the id of the app where the token appeared; ""
	// if there is none. Only tokens made on a client are held to it: it must then be one that the token's owner
	// registered, but for the case of ASCII letters.
	Name string

	// Scope is the identity system that the token claims to be of by where it was found: ScopeUID2 in an eid of
	// uidapi.com, ScopeEUID in one of euid.eu. It picks the keys, and a token of the other scope fails.
	//
	// 0 means that nothing is claimed. The token's own scope then picks the keys. A version 2 token has none: with keys of
	// both scopes, it goes to those that have its master key, UID2 before EUID.
	Scope codec.Scope

	// NowMs is the time at which the token is to be judged. A request should read the clock once.
	NowMs int64
}

// Verdict is what became of a token. Whether the user may be bid on, [Verdict.RawUID] says, and nothing else: the fields are
// for logs, metrics and reports. Every field but Status is zero unless the token's layers opened. All times are Unix
// milliseconds.
//
// It may be printed and logged, as it has no raw UID then.
type Verdict struct {
	// Status is never the zero value after a call to Decrypt. Success is about the token; of a user whose opt-out isn't
	// known it says nothing.
	Status codec.Status

	uid codec.RawUID // zero unless it may be used

	EstablishedMs int64  // when the site first got a token for this user
	GeneratedMs   int64  // when this token was made; 0 in version 2
	ExpiresMs     int64  // until when, inclusive, it may be used
	SiteID        uint32 // of the publisher that the token belongs to

	Scope       codec.Scope        // in version 2, of the keys that opened it
	Type        codec.IdentityType // TypeUnknown in version 2
	Version     codec.Version      // of the token
	PrivacyBits codec.PrivacyBits

	// OptOut is what is known of the user's opt-out if the token passed all other checks, or if the token itself says so.
	OptOut OptOut
}

// RawUID returns the raw UID to bid on, and reports whether there is one: the status is Success, and the user is known not to
// have opted out. Without [WithOptOuts], and with [AllowUnsyncedOptOuts], it is enough that the user isn't known to have. If
// there is none, don't bid on the user.
func (v *Verdict) RawUID() (uid codec.RawUID, ok bool) { return v.uid, !v.uid.IsZero() }

// String tells the status and what is known of the user's opt-out.
func (v Verdict) String() string {
	return fmt.Sprintf("[%v, opt-out: %v]", v.Status, v.OptOut.State)
}

// Format is String for every verb.
func (v Verdict) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.String()) }
