package codec

// Status is what became of a token that was to be decrypted or encrypted. The zero value is invalid, so a forgotten result
// never reads as a verdict.
//
// This package gives Success, InvalidPayload, VersionNotSupported, NotAuthorizedForMasterKey and NotAuthorizedForKey;
// the others belong to those who decide whether a token may be used.
type Status uint8

const (
	// Success: the token may be used, as far as the one who answers can tell.
	Success Status = iota + 1
	// NotAuthorizedForKey: the token's site key isn't among the keys, so its owner didn't share with us.
	NotAuthorizedForKey
	// NotAuthorizedForMasterKey: the token's master key isn't among the keys, as it is too old or not ours to read.
	NotAuthorizedForMasterKey
	// NotInitialized: no keys were ever loaded.
	NotInitialized
	// InvalidPayload: the text is no token, or it was damaged or forged.
	InvalidPayload
	// ExpiredToken: the token's time is over.
	ExpiredToken
	// KeysNotSynced: every key that we hold has expired, so we missed refreshes.
	KeysNotSynced
	// VersionNotSupported: the text starts as no known token version does.
	VersionNotSupported
	// InvalidIdentityScope: an EUID token met UID2 keys, or the reverse.
	InvalidIdentityScope
	// InvalidTokenLifetime: the token lives longer than allowed, or comes from the future.
	InvalidTokenLifetime
	// DomainOrAppNameCheckFailed: a token made on a client appeared where its owner didn't register.
	DomainOrAppNameCheckFailed
	// UserOptedOut: the user must not be targeted.
	UserOptedOut

	// EncryptionFailure: there can't be such a token, for another reason than a missing key.
	EncryptionFailure
	// KeyInactive: the key that was asked for isn't active now. Legacy data only, as what follows.
	KeyInactive
	// TokenDecryptFailure: the token that was to tell the site didn't open.
	TokenDecryptFailure
	// InvalidPayloadType: the data starts as no known kind of legacy data does.
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

// String returns the name that the UID2 protocol gives the status, such as "ExpiredToken", or "Invalid status" for the
// zero value and for numbers that are none. It doesn't allocate.
func (s Status) String() string {
	if s < Success || int(s) >= len(statusNames) {
		return "Invalid status"
	}
	return statusNames[s]
}

// Statuses returns every status that a token can be judged to have, in a new slice. Metrics use it to create their series
// in advance.
func Statuses() []Status {
	all := make([]Status, 0, UserOptedOut)
	for s := Success; s <= UserOptedOut; s++ {
		all = append(all, s)
	}
	return all
}
