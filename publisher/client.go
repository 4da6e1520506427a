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

// ErrUser: the zero dii.Identity, which is nobody.
var ErrUser = errors.New("publisher: a token needs a user")

// Operator is what a Client needs of an operator.Client. Its methods return the decrypted JSON of an answer.
type Operator interface {
	GenerateToken(ctx context.Context, request []byte) (answer []byte, err error)
	RefreshToken(ctx context.Context, refreshToken string, responseKey []byte) (answer []byte, err error)
	ValidateToken(ctx context.Context, request []byte) (answer []byte, err error)
}

// Client asks an operator for identities. It may be used from any number of goroutines.
type Client struct{ operator Operator }

// New makes a Client of an operator, which is usually an *operator.Client with the role GENERATOR.
func New(operator Operator) *Client { return &Client{operator} }

// Generate asks for an identity for a user. A user who has opted out, or hasn't consented to
// enough, is an outcome and no error. Errors are ErrUser, those of the operator and ErrAnswer. A
// consent string of TCF 1 is operator.ErrConsent, and isn't sent: operators answer it as if they
// were broken.
func (c *Client) Generate(ctx context.Context, user dii.Identity, opts ...Option) (Answer, error) {
	if user.IsZero() {
		return Answer{}, ErrUser
	}
	request := newRequest(user, opts)
	if request.hasTCF1() {
		return Answer{}, fmt.Errorf("publisher: %w: it is of TCF 1, and TCF 2 is wanted", operator.ErrConsent)
	}
	answer, err := c.operator.GenerateToken(ctx, request.json())
	if err != nil {
		return Answer{}, err
	}
	return ParseGenerated(answer)
}

// Refresh asks for the identity after this one. The whole new identity replaces the old one. now
// says whether what comes back is good for anything. Errors are those of the operator and
// ErrAnswer; operator.ErrRefreshToken and operator.ErrResponseKey mean that the identity can't be
// refreshed any more: forget it, and generate another one.
func (c *Client) Refresh(ctx context.Context, identity Identity, now time.Time) (Answer, error) {
	answer, err := c.operator.RefreshToken(ctx, identity.RefreshToken(), identity.secrets().responseKey)
	if err != nil {
		return Answer{}, err
	}
	return ParseRefreshed(answer, now)
}

// Validate asks whether a token of the caller's site was made for a user. It is for tests of an
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
		return false, fmt.Errorf("%w: no yes or no", ErrAnswer)
	}
	return *parsed.Body, nil
}
