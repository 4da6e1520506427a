package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/operator"
)

// ErrUser: the dii.Identity is the zero value.
var ErrUser = errors.New("publisher: a token needs a user")

// Operator is the part of operator.Client that a Client needs. Its methods return the decrypted
// JSON of an answer.
type Operator interface {
	GenerateToken(ctx context.Context, request []byte) (answer []byte, err error)
	RefreshToken(ctx context.Context, refreshToken string, responseKey []byte) (answer []byte, err error)
	ValidateToken(ctx context.Context, request []byte) (answer []byte, err error)
}

// Client requests identities from an operator. It is safe for concurrent use.
type Client struct{ operator Operator }

// New returns a Client of an operator, which is usually an *operator.Client with the role
// GENERATOR.
func New(operator Operator) *Client { return &Client{operator} }

// Generate requests an identity for a user. If the user has opted out, or the consent is
// insufficient, that is an outcome and not an error. Errors are ErrUser, those of the operator and
// ErrAnswer. A TCF 1 consent string is operator.ErrConsent, and isn't sent: operators answer it
// with HTTP 500.
func (c *Client) Generate(ctx context.Context, user dii.Identity, opts ...Option) (Answer, error) {
	if user.IsZero() {
		return Answer{}, ErrUser
	}
	request := newRequest(user, opts)
	if request.hasTCF1() {
		return Answer{}, fmt.Errorf("publisher: %w: it is TCF 1, but must be TCF 2", operator.ErrConsent)
	}
	answer, err := c.operator.GenerateToken(ctx, request.json())
	if err != nil {
		return Answer{}, err
	}
	return ParseGenerated(answer)
}

// Refresh requests the next identity, which replaces the given one as a whole. now is used to check
// that the new identity is usable. Errors are those of the operator and ErrAnswer;
// operator.ErrRefreshToken and operator.ErrResponseKey mean that the identity can't be refreshed
// any more: drop it, and generate a new one.
func (c *Client) Refresh(ctx context.Context, identity Identity, now time.Time) (Answer, error) {
	answer, err := c.operator.RefreshToken(ctx, identity.RefreshToken(), identity.secrets().responseKey)
	if err != nil {
		return Answer{}, err
	}
	return ParseRefreshed(answer, now)
}

// Validate asks whether a token of the caller's site was generated for a user. It is for testing an
// integration. Errors are ErrUser, ErrAnswer and those of the operator, of which
// operator.ErrRequest also means that the token isn't one of the caller's.
func (c *Client) Validate(ctx context.Context, token string, user dii.Identity) (bool, error) {
	if user.IsZero() {
		return false, ErrUser
	}
	request := newRequest(user, nil)
	request.Token = token
	answer, err := c.operator.ValidateToken(ctx, request.json())
	if err != nil {
		return false, err
	}
	var parsed struct {
		Status string `json:"status"`
		Body   *bool  `json:"body"`
	}
	if json.Unmarshal(answer, &parsed) != nil || parsed.Status != "success" || parsed.Body == nil {
		return false, fmt.Errorf("%w: its body isn't true or false", ErrAnswer)
	}
	return *parsed.Body, nil
}
