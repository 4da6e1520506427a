package publisher

import (
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/dii"
)

// Option configures one request for a token.
type Option func(*request)

// WithTCF sends a user's TCF 2 consent string, which EUID operators require and UID2 operators
// ignore.
func WithTCF(consent string) Option { return func(r *request) { r.TCF = &consent } }

// WithoutHashing sends an email or phone as it is, for the operator to normalize and hash. By
// default, its hash is sent.
func WithoutHashing() Option { return func(r *request) { r.unhashed = true } }

// WithOptOutCheck does nothing: operators always check for an opt-out. It exists because the
// official clients have it, deprecated.
//
// Deprecated: leave it out.
func WithOptOutCheck() Option { return func(*request) {} }

// request is the JSON of a request: one of the first four fields, and perhaps a consent string.
type request struct {
	Email     string  `json:"email,omitempty"`
	EmailHash string  `json:"email_hash,omitempty"`
	Phone     string  `json:"phone,omitempty"`
	PhoneHash string  `json:"phone_hash,omitempty"`
	TCF       *string `json:"tcf_consent_string,omitempty"`
	Token     string  `json:"token,omitempty"` // for validation only

	unhashed bool
}

// GenerateRequest returns the JSON of a request for a token, to be sealed with operator.NewRequest
// and sent to /v2/token/generate. It holds personal data. Operators refuse the request for a zero
// identity, and answer HTTP 500 to a TCF 1 consent string, which [Client.Generate] refuses itself.
func GenerateRequest(user dii.Identity, opts ...Option) []byte {
	return newRequest(user, opts).json()
}

func newRequest(user dii.Identity, opts []Option) *request {
	r := new(request)
	for _, opt := range opts {
		opt(r)
	}
	kind, text := user.Kind().Hashed(), user.RevealHash()
	if r.unhashed {
		kind, text = user.Kind(), user.RevealText()
	}
	switch kind {
	case dii.KindEmail:
		r.Email = text
	case dii.KindEmailHash:
		r.EmailHash = text
	case dii.KindPhone:
		r.Phone = text
	case dii.KindPhoneHash:
		r.PhoneHash = text
	}
	return r
}

// hasTCF1 reports whether the consent string is TCF 1: the version is in its first six bits.
func (r *request) hasTCF1() bool { return r.TCF != nil && strings.HasPrefix(*r.TCF, "B") }

func (r *request) json() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic("publisher: internal error: " + err.Error()) // marshaling strings can't fail
	}
	return text
}
