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

// ErrIdentity: JSON isn't that of an identity. It never tells what it was.
var ErrIdentity = errors.New("publisher: not an identity")

// Identity is what an operator gave out for a user: a token for bid requests, how long it is good for, and how to get the
// next one. It never changes. Its JSON is kept exactly as it came, fields that this package doesn't know included, so that
// it can be stored and read again. The zero value is none.
//
// It prints and logs as a placeholder; JSON and the encoding/json package give it away, since storing it is what it's for.
type Identity struct {
	// held returns the secrets, nil if there are none. They are in a closure, which package fmt doesn't look into: it can't
	// call the methods of a field that isn't exported, and would print them.
	held func() *secrets

	identityExpiresMs, refreshFromMs, refreshExpiresMs int64
}

type secrets struct {
	json        []byte
	token       string
	refresh     string
	responseKey []byte
}

// secrets are all empty in the zero value.
func (i Identity) secrets() *secrets {
	if i.held == nil {
		return new(secrets)
	}
	return i.held()
}

// identityFields are the fields that this package knows.
type identityFields struct {
	AdvertisingToken  *string `json:"advertising_token"`
	RefreshToken      *string `json:"refresh_token"`
	IdentityExpiresMs *int64  `json:"identity_expires"`
	RefreshFromMs     *int64  `json:"refresh_from"`
	RefreshExpiresMs  *int64  `json:"refresh_expires"`
	ResponseKey       *string `json:"refresh_response_key"`
}

// responseKeySize is the size of a refresh_response_key in bytes.
const responseKeySize = 32

// ParseIdentity reads an identity from JSON, such as a session keeps: the body of an operator's answer. Everything but
// refresh_response_key, which very old identities lack, must be there; otherwise the error is ErrIdentity. text is copied.
func ParseIdentity(text []byte) (Identity, error) {
	var f identityFields
	if json.Unmarshal(text, &f) != nil {
		return Identity{}, fmt.Errorf("%w: not its JSON", ErrIdentity)
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

// RefreshToken returns what the operator gives out the next identity for. It isn't to leave the publisher's server:
// whoever has it can refresh the identity.
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

// RefreshRequest makes the request that refreshes the identity, for those who bring their own HTTP client: POST it to
// /v2/token/refresh, Open the answer, and read that with [ParseRefreshed].
func (i Identity) RefreshRequest() *operator.Request {
	return operator.NewRefresh(i.RefreshToken(), i.secrets().responseKey)
}

// JSON returns the identity as it came, in fresh memory; nil for the zero value.
func (i Identity) JSON() []byte { return bytes.Clone(i.secrets().json) }

// MarshalJSON returns the identity as it came; the zero value is null.
func (i Identity) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return i.secrets().json, nil
}

// UnmarshalJSON is [ParseIdentity]; null makes the zero value.
func (i *Identity) UnmarshalJSON(text []byte) (err error) {
	if string(text) == "null" {
		*i = Identity{}
		return nil
	}
	*i, err = ParseIdentity(text)
	return err
}

// String redacts.
func (i Identity) String() string { return "[identity]" }

// GoString is String.
func (i Identity) GoString() string { return i.String() }

// Format is String for every verb.
func (i Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, i.String()) }

// LogValue is String.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }
