package optout

import (
	"crypto/subtle"
	"strings"
)

// authentication is how a request proves that it comes from the opt-out service.
type authentication struct {
	open                bool          // no proof is required
	name                string        // of a header field
	value               func() string // of that field; a closure, which package fmt doesn't look into
	bearer              bool          // value is a token that follows the word Bearer
	namePart, valuePart ReceiverPart
}

func hidden(value string) func() string { return func() string { return value } }

func (a *authentication) check() error {
	if a.open {
		return nil
	}
	if err := checkHeaderName(a.namePart, a.name); err != nil {
		return err
	}
	return a.checkSecret()
}

// placeholders are replaced by the service in what it sends.
var placeholders = []string{"${ADVERTISING_ID}", "${OPTOUT_EPOCH}"}

// checkSecret refuses a secret that no request could contain, so that all would be answered 401, or
// that every request contains.
func (a *authentication) checkSecret() error {
	want, secret := "", a.value()
	switch {
	case secret == "":
		want = "it is empty, so everybody would be let in; use a long random text"
	case strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r > '~' }):
		want = "it has line breaks, or characters other than plain ASCII; use a single line of plain ASCII"
	case strings.TrimSpace(secret) != secret:
		want = "it begins or ends with a space, which HTTP removes; remove it"
	case a.bearer && isBearer(secret):
		want = "give the token alone, without the word Bearer"
	}
	for _, placeholder := range placeholders {
		if strings.Contains(secret, placeholder) {
			want = "it has a placeholder that the service would replace"
		}
	}
	if want == "" {
		return nil
	}
	return &ReceiverError{a.valuePart, want}
}

const bearer = "Bearer"

// isBearer reports whether a value begins with the word Bearer.
func isBearer(value string) bool {
	scheme, _, _ := strings.Cut(value, " ")
	return strings.EqualFold(scheme, bearer)
}

// allows reports whether one of a request's values is the expected one.
func (a *authentication) allows(header func(name string) []string) bool {
	if a.open {
		return true
	}
	allowed := false
	for _, value := range header(a.name) {
		if a.bearer {
			if !isBearer(value) {
				continue
			}
			value = strings.TrimLeft(value[len(bearer):], " ")
		}
		if subtle.ConstantTimeCompare([]byte(value), []byte(a.value())) == 1 {
			allowed = true
		}
	}
	return allowed
}
