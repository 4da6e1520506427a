package uid2test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/uid2rtb/uid2rtb/codec"
)

// user is the user of a request or a TokenSpec: the hash of an email address or a phone number, in
// the form that operators hash. It has 32 bytes, or whatever a request passes as a hash.
type user struct {
	hash string
	kind codec.IdentityType
}

// named returns the user whose email address or phone number has this normalized form.
func named(normal string, kind codec.IdentityType) user {
	hash := sha256.Sum256([]byte(normal))
	return user{string(hash[:]), kind}
}

// user returns the user of t, or false for a spec with a raw UID. It panics unless there is exactly
// one usable Email, Phone or UID.
func (t *TokenSpec) user() (user, bool) {
	switch {
	case t.Email != "" && t.Phone == "" && t.UID.IsZero():
		if u, ok := userOfEmail(t.Email); ok {
			return u, true
		}
		panic("uid2test: the TokenSpec's Email isn't an email address")
	case t.Phone != "" && t.Email == "" && t.UID.IsZero():
		if u, ok := userOfPhone(t.Phone); ok {
			return u, true
		}
		panic("uid2test: the TokenSpec's Phone isn't + and 10 to 15 digits")
	case !t.UID.IsZero() && t.Email == "" && t.Phone == "":
		return user{}, false
	}
	panic("uid2test: a TokenSpec needs one of Email, Phone and UID")
}

func userOfEmail(email string) (user, bool) {
	normal, ok := normalEmail(email)
	return named(normal, codec.TypeEmail), ok
}

func userOfPhone(phone string) (user, bool) {
	return named(phone, codec.TypePhone), normalPhone(phone)
}

// userOfHash accepts a hash as operators do: 44 characters of base64, even if they encode 31 or 33
// bytes, or 64 hexadecimal digits.
func userOfHash(text string, kind codec.IdentityType) (user, bool) {
	var hash []byte
	ok := false
	switch len(text) {
	case base64.StdEncoding.EncodedLen(sha256.Size):
		hash, ok = decodeBase64([]byte(text))
	case hex.EncodedLen(sha256.Size):
		var err error
		hash, err = hex.DecodeString(text)
		ok = err == nil
	}
	return user{string(hash), kind}, ok
}

// normalEmail returns an email address in the form that operators hash: ASCII letters in lower
// case, no spaces in the local part nor at the end of the domain, and at gmail.com neither dots nor
// a plus sign and what follows it. It checks nothing else.
func normalEmail(email string) (string, bool) {
	local, domain, ok := strings.Cut(lowerASCII(email), "@")
	local, domain = strings.ReplaceAll(local, " ", ""), strings.TrimRight(domain, " ")
	if domain == "gmail.com" {
		local, _, _ = strings.Cut(local, "+")
		local = strings.ReplaceAll(local, ".", "")
	}
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") {
		return "", false
	}
	return local + "@" + domain, true
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// normalPhone reports whether a phone number is in the only form that operators accept, E.164.
func normalPhone(phone string) bool {
	digits, ok := strings.CutPrefix(phone, "+")
	return ok && len(digits) >= 10 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
