package uid2test

import (
	"strings"

	"github.com/uid2rtb/uid2rtb/codec"
)

// identity returns what spec's user is known by, in the form that operators hash, and what that is. It is "" for a
// spec with a raw UID. It panics unless there is exactly one usable Email, Phone or UID.
func (spec *TokenSpec) identity() (dii string, kind codec.IdentityType) {
	switch {
	case spec.Email != "" && spec.Phone == "" && spec.UID.IsZero():
		email, ok := normalEmail(spec.Email)
		if !ok {
			panic("uid2test: the TokenSpec's Email is none")
		}
		return email, codec.TypeEmail
	case spec.Phone != "" && spec.Email == "" && spec.UID.IsZero():
		if !normalPhone(spec.Phone) {
			panic("uid2test: the TokenSpec's Phone isn't + and 10 to 15 digits")
		}
		return spec.Phone, codec.TypePhone
	case !spec.UID.IsZero() && spec.Email == "" && spec.Phone == "":
		return "", spec.UID.Type()
	}
	panic("uid2test: a TokenSpec needs one of Email, Phone and UID")
}

// normalEmail returns an email address as operators hash it: ASCII letters in lower case, no space in the local part nor
// at the end of the domain, and at gmail.com neither dots nor what follows a plus sign. It doesn't look for more.
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

// normalPhone tells whether a phone number is in the only form that operators take, E.164.
func normalPhone(phone string) bool {
	digits, ok := strings.CutPrefix(phone, "+")
	return ok && len(digits) >= 10 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
