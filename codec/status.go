package codec

// Status is the outcome of decrypting or encrypting a token. The zero value is invalid, so that a
// forgotten result never passes for a verdict.
//
// Parse and Open return Success, InvalidPayload, VersionNotSupported, NotAuthorizedForMasterKey and
// NotAuthorizedForKey; the other statuses are for packages that decide whether a token may be used,
// and for legacy data.
type Status uint8

const (
	// Success: every check that was made has passed.
	Success Status = iota + 1
	// NotAuthorizedForKey: the token's site key isn't among the keys, so its owner doesn't
	// share with us.
	NotAuthorizedForKey
	// NotAuthorizedForMasterKey: the token's master key isn't among the keys: it is too old, or
	// we may not read it.
	NotAuthorizedForMasterKey
	// NotInitialized: no keys have been loaded yet.
	NotInitialized
	// InvalidPayload: the text isn't a token, or it was damaged or forged.
	InvalidPayload
	// ExpiredToken: the token has expired.
	ExpiredToken
	// KeysNotSynced: all keys that we hold have expired, because refreshes failed.
	KeysNotSynced
	// VersionNotSupported: the text doesn't start like any known token version.
	VersionNotSupported
	// InvalidIdentityScope: an EUID token was checked against UID2 keys, or the reverse.
	InvalidIdentityScope
	// InvalidTokenLifetime: the token's lifetime is longer than allowed, or it was generated in
	// the future.
	InvalidTokenLifetime
	// DomainOrAppNameCheckFailed: a token generated on the client side appeared under a domain
	// or app name that its site hasn't registered.
	DomainOrAppNameCheckFailed
	// UserOptedOut: the user must not be targeted.
	UserOptedOut

	// EncryptionFailure: the token can't be made, for a reason other than a missing key.
	EncryptionFailure
	// KeyInactive: the requested key isn't active now. This status and those below are for
	// legacy data only.
	KeyInactive
	// TokenDecryptFailure: the token that was to give the site id didn't open.
	TokenDecryptFailure
	// InvalidPayloadType: the data doesn't start like any known kind of legacy data.
	InvalidPayloadType
)

var statusNames = [...]string{
	Success:                    "Success",
	NotAuthorizedForKey:        "NotAuthorizedForKey",
	NotAuthorizedForMasterKey:  "NotAuthorizedForMasterKey",
	NotInitialized:             "NotInitialized",
	InvalidPayload:             "InvalidPayload",
	ExpiredToken:               "ExpiredToken",
	KeysNotSynced:              "KeysNotSynced",
	VersionNotSupported:        "VersionNotSupported",
	InvalidIdentityScope:       "InvalidIdentityScope",
	InvalidTokenLifetime:       "InvalidTokenLifetime",
	DomainOrAppNameCheckFailed: "DomainOrAppNameCheckFailed",
	UserOptedOut:               "UserOptedOut",
	EncryptionFailure:          "EncryptionFailure",
	KeyInactive:                "KeyInactive",
	TokenDecryptFailure:        "TokenDecryptFailure",
	InvalidPayloadType:         "InvalidPayloadType",
}

// String returns the name that the UID2 protocol gives the status, such as "ExpiredToken", or
// "Invalid status" for the zero value and other values that aren't a status. It doesn't allocate.
func (s Status) String() string {
	if s < Success || int(s) >= len(statusNames) {
		return "Invalid status"
	}
	return statusNames[s]
}

// Statuses returns every status that a token can be judged to have, in a new slice. Metrics use it
// to create their series in advance.
func Statuses() []Status {
	all := make([]Status, 0, UserOptedOut)
	for s := Success; s <= UserOptedOut; s++ {
		all = append(all, s)
	}
	return all
}
