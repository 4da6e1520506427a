package publisher

import (
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/dii"
)

// Option is about one request for a token.
type Option func(*request)

// WithTCF sends a user's TCF 2 consent string along, which EUID operators ask for and UID2 operators ignore.
func WithTCF(consent string) Option { return func(r *request) { r.TCF = &consent } }

// WithoutHashing sends an email or phone as it is, for the operator to normalise and hash. Default is to send its hash.
func WithoutHashing() Option { return func(r *request) { r.unhashed = true } }

// WithOptOutCheck does nothing: operators always check for an opt-out. The official clients have it, deprecated.
//
// Deprecated: leave it out.
func WithOptOutCheck() Option { return func(*request) {} }

// request is the JSON of a request: one of the first four, and perhaps a consent string.
type request struct {
	Email     string  `json:"email,omitempty"`
	EmailHash string  `json:"email_hash,omitempty"`
	Phone     string  `json:"phone,omitempty"`
	PhoneHash string  `json:"phone_hash,omitempty"`
	TCF       *string `json:"tcf_consent_string,omitempty"`
	Token     string  `json:"token,omitempty"` // of validate only

	unhashed bool
}

// GenerateRequest returns the JSON of the request for a token, to be sealed with
// operator.NewRequest and sent to /v2/token/generate. It holds personal data. For the zero identity
// it is a request that operators refuse; for a consent string of TCF 1, which [Client.Generate]
// refuses by itself, they answer HTTP 500.
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

// hasTCF1 reports whether the consent string is of TCF 1: its first six bits are its version.
func (r *request) hasTCF1() bool { return r.TCF != nil && strings.HasPrefix(*r.TCF, "B") }

func (r *request) json() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic("publisher: internal error: " + err.Error()) // strings can always be marshalled
	}
	return text
}
