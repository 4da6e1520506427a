package dii

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
)

// What can be wrong with a text. The errors never tell what it was.
var (
	ErrEmail = errors.New("dii: not an email address")
	ErrPhone = errors.New("dii: not a phone number of a plus sign and 10 to 15 digits")
	ErrHash  = errors.New("dii: not a SHA-256 hash in base64 or hexadecimal")
)

// Kind says what an [Identity] was made of. The zero value is nothing.
type Kind uint8

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

// Hashed returns the kind of what is sent: KindEmailHash for emails, KindPhoneHash for phones.
func (k Kind) Hashed() Kind {
	switch k {
	case KindEmail:
		return KindEmailHash
	case KindPhone:
		return KindPhoneHash
	}
	return k
}

// Identity is an email, a phone or the hash of one, checked. It prints, marshals and logs as a placeholder. Identities are
// comparable with == and may be map keys: two are equal if they are of one kind and one text, so those of two writings of
// one address differ, though their hashes are the same. The zero value is nobody.
type Identity struct {
	kind Kind
	hash masked
	text string // masked, too, see maskText
}

func newIdentity(kind Kind, hash [sha256.Size]byte, text string) Identity {
	return Identity{kind, mask(hash), maskText(text, hash)}
}

// Email takes an email address, in any writing, or returns ErrEmail.
func Email(text string) (Identity, error) {
	normal, err := NormalizeEmail(text)
	if err != nil {
		return Identity{}, err
	}
	return newIdentity(KindEmail, sha256.Sum256([]byte(normal)), text), nil
}

// Phone takes a phone number in E.164 form, or returns ErrPhone.
func Phone(text string) (Identity, error) {
	if !ValidPhone(text) {
		return Identity{}, ErrPhone
	}
	return newIdentity(KindPhone, sha256.Sum256([]byte(text)), text), nil
}

// HashedEmail takes the hash of a normalised email address, as 44 characters of base64 or 64 hexadecimal digits, or returns
// ErrHash.
func HashedEmail(text string) (Identity, error) { return hashed(KindEmailHash, text) }

// HashedPhone is HashedEmail for a phone number.
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

// IsZero reports whether i is nobody.
func (i Identity) IsZero() bool { return i.kind == 0 }

// Kind returns what i was made of.
func (i Identity) Kind() Kind { return i.kind }

// RevealText returns the text that i was made of, as it was given.
func (i Identity) RevealText() string { return maskText(i.text, i.hash.unmask()) }

// RevealHash returns the hash as it is sent to operators: in base64, 44 characters; "" for the zero value.
func (i Identity) RevealHash() string {
	if i.IsZero() {
		return ""
	}
	hash := i.hash.unmask()
	return base64.StdEncoding.EncodeToString(hash[:])
}

// String returns the kind, as in "[email]".
func (i Identity) String() string { return "[" + i.kind.String() + "]" }

// GoString is String.
func (i Identity) GoString() string { return i.String() }

// Format is String for every verb.
func (i Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, i.String()) }

// LogValue is String.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// MarshalText is String.
func (i Identity) MarshalText() ([]byte, error) { return []byte(i.String()), nil }
