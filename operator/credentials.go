package operator

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// ErrCredentials is wrapped by the errors of NewCredentials and New for unusable credentials.
var ErrCredentials = errors.New("operator: unusable credentials")

// Credentials are an API key and its client secret. They print, log and marshal as "[operator
// credentials]"; only the Reveal methods return the values. The zero Credentials are empty. Copies
// share the same values.
type Credentials struct {
	// held returns the values. They are in a closure, and not behind a pointer, since fmt can't
	// call the methods of unexported fields, and with a verb like %s would print what a pointer
	// in them refers to.
	held func() *secrets
}

type secrets struct {
	apiKey string
	secret []byte
}

// NewCredentials returns credentials made of an API key (printable ASCII without spaces) and a
// client secret (the base64 of 32 bytes), both as issued by the operator's administrator. Errors
// wrap ErrCredentials.
func NewCredentials(apiKey, clientSecret string) (Credentials, error) {
	if apiKey == "" {
		return Credentials{}, fmt.Errorf("%w: no API key", ErrCredentials)
	}
	if strings.ContainsFunc(apiKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Credentials{}, fmt.Errorf("%w: the API key has invalid characters", ErrCredentials)
	}
	secret, err := envelope.DecodeBase64([]byte(clientSecret))
	if err != nil {
		return Credentials{}, fmt.Errorf("%w: the client secret is not base64", ErrCredentials)
	}
	if len(secret) != envelope.SecretSize {
		return Credentials{}, fmt.Errorf("%w: the client secret is not %d bytes long", ErrCredentials, envelope.SecretSize)
	}
	return Credentials{func() *secrets { return &secrets{apiKey, secret} }}, nil
}

// IsZero reports whether there are no credentials.
func (c Credentials) IsZero() bool { return c.held == nil }

// RevealAPIKey returns the API key.
func (c Credentials) RevealAPIKey() string {
	if c.held == nil {
		return ""
	}
	return c.held().apiKey
}

// RevealClientSecret returns a copy of the client secret's 32 bytes.
func (c Credentials) RevealClientSecret() []byte {
	if c.held == nil {
		return nil
	}
	return slices.Clone(c.held().secret)
}

// RevealClientSecretText returns the client secret in base64, in the form that NewCredentials
// accepts.
func (c Credentials) RevealClientSecretText() string {
	if c.held == nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(c.held().secret)
}

// String returns a placeholder.
func (c Credentials) String() string { return "[operator credentials]" }

// Format writes what String returns, for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue returns what String returns.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns what String returns.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
