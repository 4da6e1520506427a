package operator

import "context"

// GenerateToken requests a token for a user: request is the JSON of POST /v2/token/generate. The
// result is the decrypted JSON of the answer, in fresh memory, whose status may be other than
// success. The credentials need the role GENERATOR. Errors are of type *Error; ErrConsent means
// that the request's consent string is invalid.
func (c *Client) GenerateToken(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/token/generate", Text, request)
}

// RefreshToken requests the next token of an identity. refreshToken is sent exactly as given;
// responseKey is the refresh_response_key that came with it, 32 bytes, or nil if there was none.
// The result is the decrypted JSON of the answer, in fresh memory. No role and no API key is
// needed. Errors are of type *Error; ErrRefreshToken means that the operator will never accept the
// refresh token, with Error.Status distinguishing invalid_token from expired_token, and
// ErrResponseKey that the answer doesn't open with responseKey. In both cases the identity can't be
// refreshed any more.
func (c *Client) RefreshToken(ctx context.Context, refreshToken string, responseKey []byte) ([]byte, error) {
	return c.bare(ctx, refreshToken, responseKey)
}

// ValidateToken asks whether a token was generated for an email or phone: request is the JSON of
// POST /v2/token/validate. The result is the decrypted JSON of the answer, in fresh memory. It is
// for testing an integration. The credentials need the role GENERATOR. Errors are of type *Error.
func (c *Client) ValidateToken(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/token/validate", Text, request)
}
