package bidstream

import "github.com/uid2rtb/uid2rtb/codec"

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

// Verdict is what became of a token. The status comes first: every other field is zero unless the token's layers opened.
// All times are Unix milliseconds.
//
// It may be printed and logged, as the raw UID redacts itself.
type Verdict struct {
	// Status is never the zero value after a call to Decrypt.
	Status codec.Status

	// UID is the raw UID to bid on. It is the zero value if there is none to bid on: whenever Status isn't Success, and
	// when OptOut isn't known, see [AllowUnsyncedOptOuts].
	UID codec.RawUID

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
