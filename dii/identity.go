package dii

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
)

// Errors for invalid texts. They never contain the text.
var (
	ErrEmail = errors.New("dii: not an email address")
	ErrPhone = errors.New("dii: not a phone number of a plus sign and 10 to 15 digits")
	ErrHash  = errors.New("dii: not a SHA-256 hash in base64 or hexadecimal")
)

// Kind is what an [Identity] was made from. The zero value is invalid.
type Kind uint8

// The kinds of identities.
const (
	KindEmail Kind = iota + 1
	KindPhone
	KindEmailHash
	KindPhoneHash
)

// String returns "email", "phone", "email_hash", "phone_hash" or "none".
func (k Kind) String() string {
	if k < KindEmail || k > KindPhoneHash {
		return "none"
	}
	return [...]string{"email", "phone", "email_hash", "phone_hash"}[k-KindEmail]
}

// Hashed returns the kind of the hash that is sent: KindEmailHash for emails, KindPhoneHash for
// phones.
func (k Kind) Hashed() Kind {
	switch k {
	case KindEmail:
		return KindEmailHash
	case KindPhone:
		return KindPhoneHash
	}
	return k
}

// Identity is a validated email or phone, or the hash of one. It prints, marshals and logs as a
// placeholder. Identities can be compared with == and used as map keys: two are equal if they have
// the same kind and the same text, so two spellings of one address differ, although their hashes
// are equal. The zero value is no identity.
type Identity struct {
	kind Kind
	hash masked
	text string // masked as well, see maskText
}

func newIdentity(kind Kind, hash [sha256.Size]byte, text string) Identity {
	return Identity{kind, mask(hash), maskText(text, hash)}
}

// Email returns the identity for an email address in any spelling, or ErrEmail.
func Email(text string) (Identity, error) {
	normal, err := NormalizeEmail(text)
	if err != nil {
		return Identity{}, err
	}
	return newIdentity(KindEmail, sha256.Sum256([]byte(normal)), text), nil
}

// Phone returns the identity for a phone number in E.164 form, or ErrPhone.
func Phone(text string) (Identity, error) {
	if !ValidPhone(text) {
		return Identity{}, ErrPhone
	}
	return newIdentity(KindPhone, sha256.Sum256([]byte(text)), text), nil
}

// HashedEmail returns the identity for the hash of a normalized email address, as 44 characters of
// base64 or 64 hexadecimal digits, or ErrHash.
func HashedEmail(text string) (Identity, error) { return hashed(KindEmailHash, text) }

// HashedPhone is like HashedEmail, for a phone number.
func HashedPhone(text string) (Identity, error) { return hashed(KindPhoneHash, text) }

func hashed(kind Kind, text string) (Identity, error) {
	var hash []byte
	err := ErrHash
	switch len(text) {
	case base64.StdEncoding.EncodedLen(sha256.Size):
		hash, err = base64.StdEncoding.Strict().DecodeString(text)
	case hex.EncodedLen(sha256.Size):
		hash, err = hex.DecodeString(text)
	}
	if err != nil || len(hash) != sha256.Size {
		return Identity{}, ErrHash
	}
	return newIdentity(kind, [sha256.Size]byte(hash), text), nil
}

// IsZero reports whether i is the zero value.
func (i Identity) IsZero() bool { return i.kind == 0 }

// Kind returns what i was made from.
func (i Identity) Kind() Kind { return i.kind }

// RevealText returns the text that i was made from, as it was given.
func (i Identity) RevealText() string { return maskText(i.text, i.hash.unmask()) }

// RevealHash returns the hash in the form that is sent to operators: 44 characters of base64; ""
// for the zero value.
func (i Identity) RevealHash() string {
	if i.IsZero() {
		return ""
	}
	hash := i.hash.unmask()
	return base64.StdEncoding.EncodeToString(hash[:])
}

// String returns the kind, as in "[email]".
func (i Identity) String() string { return "[" + i.kind.String() + "]" }

// GoString returns what String returns.
func (i Identity) GoString() string { return i.String() }

// Format writes what String returns, for every verb.
func (i Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, i.String()) }

// LogValue returns what String returns.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// MarshalText returns what String returns.
func (i Identity) MarshalText() ([]byte, error) { return []byte(i.String()), nil }
