package codec

// Scope is the identity system that a token, a raw UID or a set of keys belongs to. The zero value
// means unknown, as in version 2, which has no scope.
type Scope uint8

// The two identity systems.
const (
	ScopeUID2 Scope = iota + 1
	ScopeEUID
)

// String returns "UID2", "EUID" or, for any other value, "unknown".
func (s Scope) String() string {
	switch s {
	case ScopeUID2:
		return "UID2"
	case ScopeEUID:
		return "EUID"
	}
	return "unknown"
}

// IdentityType is what a UID was made from. The zero value is unknown, as in version 2, which has
// no identity type.
type IdentityType uint8

// The known identity types.
const (
	TypeUnknown IdentityType = iota
	TypeEmail
	TypePhone
)

// String returns "email", "phone" or, for any other value, "unknown".
func (t IdentityType) String() string {
	switch t {
	case TypeEmail:
		return "email"
	case TypePhone:
		return "phone"
	}
	return "unknown"
}

// Version is the version of a token or of a raw UID. The two are numbered separately: a version 4
// token may hold a version 2 raw UID. The zero value is unknown.
type Version uint8

// The known versions.
const (
	V2 Version = 2
	V3 Version = 3
	V4 Version = 4
)

// PrivacyBits are the 32 privacy flags of a token, bit 0 being the least significant. Bits without
// a method here have no meaning for readers of tokens, but are kept.
type PrivacyBits uint32

const (
	bitClientSideGenerated PrivacyBits = 1 << 1
	bitOptedOut            PrivacyBits = 1 << 2
)

// ClientSideGenerated reports whether the token was generated for a web page or an app without the
// publisher's server. Such a token may only be used under a domain or app name that the site has
// registered.
func (p PrivacyBits) ClientSideGenerated() bool { return p&bitClientSideGenerated != 0 }

// OptedOut reports whether the token was generated for a user who had opted out. Such a token must
// not be used. Operators no longer issue them.
func (p PrivacyBits) OptedOut() bool { return p&bitOptedOut != 0 }

// The first byte of tokens of versions 3 and 4, and of raw UIDs of 33 bytes, holds scope and type
// in the same bits:
//
//	bit  7 6 5   4     3 2   1 0
//	     . . .   scope type  . .

func scopeOf(b byte) Scope {
	if b&0x10 != 0 {
		return ScopeEUID
	}
	return ScopeUID2
}

func typeOf(b byte) IdentityType {
	switch b >> 2 & 3 {
	case 0:
		return TypeEmail
	case 1:
		return TypePhone
	}
	return TypeUnknown
}

// Environment is the UID2 environment that generated a raw UID of version 4. The zero value is
// unknown.
type Environment uint8

// The known environments.
const (
	EnvironmentUnknown Environment = iota
	EnvironmentTest
	EnvironmentIntegration
	EnvironmentProduction
)

// String returns "test", "integration", "production" or, for any other value, "unknown".
func (e Environment) String() string {
	switch e {
	case EnvironmentTest:
		return "test"
	case EnvironmentIntegration:
		return "integration"
	case EnvironmentProduction:
		return "production"
	}
	return "unknown"
}
