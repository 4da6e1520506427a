package optout

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
)

// authentication is how a request proves that it comes from the opt-out service.
type authentication struct {
	open                bool            // no proof is required
	name                string          // of a header field
	values              func() []string // of that field; a closure, which package fmt doesn't look into
	bearer              bool            // values are tokens that follow the word Bearer
	namePart, valuePart ReceiverPart

	source func() *secrets // nil if values always returns the same
}

func hidden(values ...string) func() []string { return func() []string { return values } }

// readFrom makes the values those that read returns, and reads them for the first time.
func (a authentication) readFrom(read func() ([]string, error)) authentication {
	source := &secrets{read: read, check: a.checkSecrets}
	source.readAgain()
	a.source = func() *secrets { return source }
	a.values = source.current
	return a
}

func (a *authentication) check() error {
	if a.open {
		return nil
	}
	if err := checkHeaderName(a.namePart, a.name); err != nil {
		return err
	}
	if a.source != nil && a.source().held.Load() == nil {
		return a.invalid(loaded(&a.source().err))
	}
	return a.checkSecrets(a.values())
}

// invalid is an error about the values.
func (a *authentication) invalid(err error) error {
	if invalid := new(ReceiverError); errors.As(err, &invalid) {
		return err
	}
	return &ReceiverError{a.valuePart, err.Error()}
}

// checkSecrets refuses none, too many, and each that is impossible.
func (a *authentication) checkSecrets(secrets []string) error {
	if len(secrets) == 0 || len(secrets) > maxSecrets {
		return &ReceiverError{a.valuePart, fmt.Sprintf("give 1 to %d", maxSecrets)}
	}
	for _, secret := range secrets {
		if err := a.checkSecret(secret); err != nil {
			return err
		}
	}
	return nil
}

// placeholders are replaced by the service in what it sends.
var placeholders = []string{"${ADVERTISING_ID}", "${OPTOUT_EPOCH}"}

// checkSecret refuses a secret that no request could contain, so that all would be answered 401, or
// that every request contains.
func (a *authentication) checkSecret(secret string) error {
	want := ""
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

// allows reports whether one of a request's values is one of the expected ones. If none is, they
// may have been replaced since they were read.
func (a *authentication) allows(header func(name string) []string) bool {
	if a.open {
		return true
	}
	arrived := time.Now()
	sent := header(a.name)
	allowed, given := a.has(sent, a.values())
	if allowed || !given || a.source == nil {
		return allowed
	}
	allowed, _ = a.has(sent, a.source().since(arrived))
	return allowed
}

// has reports whether one of the values sent is one of the secrets, and whether any could be. How
// long it takes doesn't tell how much of one is right.
func (a *authentication) has(sent, secrets []string) (allowed, given bool) {
	for _, value := range sent {
		if a.bearer {
			if !isBearer(value) {
				continue
			}
			value = strings.TrimLeft(value[len(bearer):], " ")
		}
		given = true
		for _, secret := range secrets {
			if subtle.ConstantTimeCompare([]byte(value), []byte(secret)) == 1 {
				allowed = true
			}
		}
	}
	return allowed, given
}
