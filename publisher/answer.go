package publisher

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrAnswer: an operator's answer was decrypted, but isn't valid.
var ErrAnswer = errors.New("publisher: not an operator's answer about an identity")

// Outcome is the outcome of a request for an identity. The zero value is invalid.
type Outcome uint8

const (
	// Success: the answer has an identity.
	Success Outcome = iota + 1
	// OptedOut: the user has opted out. There is no identity, and there must not be one.
	OptedOut
	// InsufficientConsent: the consent string doesn't allow an identity.
	InsufficientConsent
)

// outcomes by the operator's status word.
var outcomes = map[string]Outcome{
	"success":                   Success,
	"optout":                    OptedOut,
	"insufficient_user_consent": InsufficientConsent,
}

// String returns the operator's status word: "success", "optout" or "insufficient_user_consent".
func (o Outcome) String() string {
	for word, outcome := range outcomes {
		if o == outcome {
			return word
		}
	}
	return "invalid outcome"
}

// Answer is an operator's answer about an identity.
type Answer struct {
	Outcome  Outcome
	Identity Identity // zero unless the outcome is Success
}

// ParseGenerated parses the decrypted answer to a request for a token. Errors wrap ErrAnswer.
func ParseGenerated(answer []byte) (Answer, error) {
	var parsed struct {
		Status string          `json:"status"`
		Body   json.RawMessage `json:"body"`
	}
	if json.Unmarshal(answer, &parsed) != nil {
		return Answer{}, fmt.Errorf("%w: not JSON", ErrAnswer)
	}
	outcome, known := outcomes[parsed.Status]
	if !known {
		return Answer{}, fmt.Errorf("%w: its status is unknown", ErrAnswer)
	}
	if outcome != Success {
		return Answer{Outcome: outcome}, nil
	}
	identity, err := ParseIdentity(parsed.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return Answer{outcome, identity}, nil
}

// ParseRefreshed reads the opened answer to a refresh. An identity that has expired already at this
// time, or can't be refreshed, is ErrAnswer: it would be asked for again and again.
func ParseRefreshed(answer []byte, now time.Time) (Answer, error) {
	a, err := ParseGenerated(answer)
	if err != nil {
		return Answer{}, err
	}
	if a.Outcome == Success && (a.Identity.Expired(now) || !a.Identity.Refreshable(now)) {
		return Answer{}, fmt.Errorf("%w: the refreshed identity has expired", ErrAnswer)
	}
	return a, nil
}
