package bidstream

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Query is the context in which a token was found. All times are Unix milliseconds.
type Query struct {
	// Name is the registrable domain of the site, without subdomains, or the id of the app
	// where the token appeared; "" if there is none. It is checked only for tokens generated on
	// the client side: the name must then be one that the site has registered, ignoring the
	// case of ASCII letters.
	Name string

	// Scope is the identity system that the token's place in the request implies: ScopeUID2 in
	// an eid of uidapi.com, ScopeEUID in one of euid.eu. It selects the keys, and a token of
	// the other scope fails.
	//
	// 0 means that the scope isn't known. The token's own scope then selects the keys. A
	// version 2 token has none: with keys of both scopes, those that include its master key are
	// used, UID2 before EUID.
	Scope codec.Scope

	// NowMs is the time at which to judge the token. A request should read the clock once.
	NowMs int64
}

// Verdict is the outcome for a token. Only [Verdict.RawUID] says whether the user may be bid on:
// the fields are for logs, metrics and reports. Every field but Status is zero unless the token's
// layers were opened. All times are Unix milliseconds.
//
// It may be printed and logged: the output never contains the raw UID.
type Verdict struct {
	// Status is never the zero value after a call to Decrypt. Success is about the token alone;
	// it doesn't mean that the user hasn't opted out.
	Status codec.Status

	uid codec.RawUID // zero unless it may be used

	EstablishedMs int64  // when the site first got a token for this user
	GeneratedMs   int64  // when this token was generated; 0 in version 2
	ExpiresMs     int64  // the last millisecond in which the token may be used
	SiteID        uint32 // of the site that the token belongs to

	Scope       codec.Scope        // in version 2, the scope of the keys that opened it
	Type        codec.IdentityType // TypeUnknown in version 2
	Version     codec.Version      // of the token
	PrivacyBits codec.PrivacyBits

	// OptOut is what is known of the user's opt-out, if the token passed all other checks or if
	// the token itself says that the user has opted out.
	OptOut OptOut
}

// RawUID returns the raw UID to bid on, and reports whether there is one: the status must be
// Success, and the user must be known not to have opted out. Without [WithOptOuts], and with
// [AllowUnsyncedOptOuts], it is enough that no opt-out is known. If ok is false, don't bid on the
// user.
func (v *Verdict) RawUID() (uid codec.RawUID, ok bool) { return v.uid, !v.uid.IsZero() }

// String returns the status and the state of the user's opt-out.
func (v Verdict) String() string {
	return fmt.Sprintf("[%v, opt-out: %v]", v.Status, v.OptOut.State)
}

// Format writes what String returns, for every verb.
func (v Verdict) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.String()) }
