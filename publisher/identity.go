package publisher

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// ErrIdentity: the JSON isn't that of an identity. The error never contains the JSON.
var ErrIdentity = errors.New("publisher: not an identity")

// Identity is what an operator issues for a user: a token for bid requests, its lifetime, and the
// means to get the next one. It is immutable. Its JSON is kept exactly as received, including
// fields that this package doesn't know, so that it can be stored and parsed again. The zero value
// is no identity.
//
// It prints and logs as a placeholder; JSON and package encoding/json reveal it, since it is meant
// to be stored.
type Identity struct {
	// held returns the secrets, or is nil if there are none. They are in a closure, which
	// package fmt doesn't look into: it can't call the methods of unexported fields, and would
	// print them.
	held func() *secrets

	identityExpiresMs, refreshFromMs, refreshExpiresMs int64
}

type secrets struct {
	json        []byte
	token       string
	refresh     string
	responseKey []byte
}

// secrets returns the secrets, which are empty in the zero value.
func (i Identity) secrets() *secrets {
	if i.held == nil {
		return new(secrets)
	}
	return i.held()
}

// identityFields has the fields that this package knows.
type identityFields struct {
	AdvertisingToken  *string `json:"advertising_token"`
	RefreshToken      *string `json:"refresh_token"`
	IdentityExpiresMs *int64  `json:"identity_expires"`
	RefreshFromMs     *int64  `json:"refresh_from"`
	RefreshExpiresMs  *int64  `json:"refresh_expires"`
	ResponseKey       *string `json:"refresh_response_key"`
}

// responseKeySize is the size of a refresh_response_key, in bytes.
const responseKeySize = 32

// ParseIdentity parses the JSON of an identity, such as a session stores: the body of an operator's
// answer. All fields but refresh_response_key, which very old identities lack, are required;
// otherwise the error is ErrIdentity. text is copied.
func ParseIdentity(text []byte) (Identity, error) {
	var f identityFields
	if json.Unmarshal(text, &f) != nil {
		return Identity{}, fmt.Errorf("%w: not its JSON form", ErrIdentity)
	}
	if f.AdvertisingToken == nil || f.RefreshToken == nil || f.IdentityExpiresMs == nil || f.RefreshFromMs == nil || f.RefreshExpiresMs == nil {
		return Identity{}, fmt.Errorf("%w: a field is missing", ErrIdentity)
	}
	held := &secrets{json: bytes.Clone(text), token: *f.AdvertisingToken, refresh: *f.RefreshToken}
	if f.ResponseKey != nil {
		key, err := base64.StdEncoding.DecodeString(*f.ResponseKey)
		if err != nil || len(key) != responseKeySize {
			return Identity{}, fmt.Errorf("%w: refresh_response_key isn't the base64 of 32 bytes", ErrIdentity)
		}
		held.responseKey = key
	}
	return Identity{
		held:              func() *secrets { return held },
		identityExpiresMs: *f.IdentityExpiresMs,
		refreshFromMs:     *f.RefreshFromMs,
		refreshExpiresMs:  *f.RefreshExpiresMs,
	}, nil
}

// IsZero reports whether there is no identity.
func (i Identity) IsZero() bool { return i.held == nil }

// AdvertisingToken returns the token that goes into bid requests. Check Expired before using it.
func (i Identity) AdvertisingToken() string { return i.secrets().token }

// RefreshToken returns the token for which the operator issues the next identity. It must not leave
// the publisher's server: whoever has it can refresh the identity.
func (i Identity) RefreshToken() string { return i.secrets().refresh }

// IdentityExpires returns until when the token may be used.
func (i Identity) IdentityExpires() time.Time { return i.at(i.identityExpiresMs) }

// RefreshFrom returns from when on the identity should be refreshed.
func (i Identity) RefreshFrom() time.Time { return i.at(i.refreshFromMs) }

// RefreshExpires returns until when the identity can be refreshed.
func (i Identity) RefreshExpires() time.Time { return i.at(i.refreshExpiresMs) }

// at is the zero Time for the zero Identity.
func (i Identity) at(ms int64) time.Time {
	if i.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Refreshable reports whether the identity can be refreshed at this time. If not, it is of no
// further use. Like Expired and DueForRefresh it counts whole milliseconds, as operators do.
func (i Identity) Refreshable(now time.Time) bool {
	return i.RefreshToken() != "" && now.UnixMilli() <= i.refreshExpiresMs
}

// Expired reports whether the token must not be used any more at this time.
func (i Identity) Expired(now time.Time) bool { return now.UnixMilli() > i.identityExpiresMs }

// DueForRefresh reports whether the identity should be refreshed at this time.
func (i Identity) DueForRefresh(now time.Time) bool {
	return now.UnixMilli() > i.refreshFromMs || i.Expired(now)
}

// RefreshRequest returns the request that refreshes the identity, for programs with their own HTTP
// client: POST it to /v2/token/refresh, decrypt the answer with Open, and parse that with
// [ParseRefreshed].
func (i Identity) RefreshRequest() *operator.Request {
	return operator.NewRefresh(i.RefreshToken(), i.secrets().responseKey)
}

// JSON returns the identity as received, in fresh memory; nil for the zero value.
func (i Identity) JSON() []byte { return bytes.Clone(i.secrets().json) }

// MarshalJSON returns the identity as received, or null for the zero value.
func (i Identity) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return i.secrets().json, nil
}

// UnmarshalJSON does what [ParseIdentity] does; null yields the zero value.
func (i *Identity) UnmarshalJSON(text []byte) (err error) {
	if string(text) == "null" {
		*i = Identity{}
		return nil
	}
	*i, err = ParseIdentity(text)
	return err
}

// String returns a placeholder.
func (i Identity) String() string { return "[identity]" }

// GoString returns what String returns.
func (i Identity) GoString() string { return i.String() }

// Format writes what String returns, for every verb.
func (i Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, i.String()) }

// LogValue returns what String returns.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }
