package publisher

import (
	"context"
	"errors"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// State is the state of a stored identity after KeepFresh.
type State uint8

const (
	// Kept: the stored identity is still the one to use.
	Kept State = iota + 1
	// Refreshed: there is a new identity, to be stored in place of the old one.
	Refreshed
	// Gone: the stored identity is of no more use and must be dropped.
	Gone
)

// String returns "kept", "refreshed" or "gone".
func (s State) String() string {
	if s < Kept || s > Gone {
		return "invalid state"
	}
	return [...]string{"kept", "refreshed", "gone"}[s-Kept]
}

// Session says what to do with a stored identity.
type Session struct {
	State    State
	Identity Identity // zero if State is Gone
	OptedOut bool     // the user has opted out: don't generate another one
}

// KeepFresh takes care of an identity that a session stores as JSON: it refreshes it when that is
// due. Call it on each request of the user.
//
// If there is an error, the state is valid all the same. An identity that couldn't be refreshed,
// because the operator didn't answer, is Kept for the next attempt; its token may have expired,
// which Identity.Expired reports. An identity that the operator doesn't accept any more, whose
// answers can't be decrypted with its refresh_response_key, or that isn't valid, is Gone.
func (c *Client) KeepFresh(ctx context.Context, stored []byte, now time.Time) (Session, error) {
	identity, err := ParseIdentity(stored)
	if err != nil {
		return Session{State: Gone}, err
	}
	if !identity.Refreshable(now) {
		return Session{State: Gone}, nil
	}
	if !identity.DueForRefresh(now) {
		return Session{State: Kept, Identity: identity}, nil
	}
	answer, err := c.Refresh(ctx, identity, now)
	switch {
	case errors.Is(err, operator.ErrRefreshToken), errors.Is(err, operator.ErrResponseKey):
		return Session{State: Gone}, err
	case err != nil:
		return Session{State: Kept, Identity: identity}, err
	case answer.Outcome == Success:
		return Session{State: Refreshed, Identity: answer.Identity}, nil
	}
	return Session{State: Gone, OptedOut: answer.Outcome == OptedOut}, nil
}
