package operator

import "context"

// GenerateToken asks for a token for a user: request is the JSON of POST /v2/token/generate. It returns the decrypted JSON
// of the answer, in fresh memory, whose status may be another than success. The credentials need the role GENERATOR. Errors
// are of type *Error; ErrConsent means that the request's consent string is invalid.
func (c *Client) GenerateToken(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/token/generate", Text, request)
}

// RefreshToken asks for the next token of an identity. refreshToken goes out exactly as it is;
// responseKey is the refresh_response_key that came with it, 32 bytes, or nil if there was none. It
// returns the decrypted JSON of the answer, in fresh memory. No role is needed, nor an API key.
// Errors are of type *Error; ErrRefreshToken means that the operator will never take the refresh
// token, with Error.Status telling invalid_token from expired_token, and ErrResponseKey that the
// answer doesn't open under responseKey. In both cases the identity is gone.
func (c *Client) RefreshToken(ctx context.Context, refreshToken string, responseKey []byte) ([]byte, error) {
	return c.call(ctx, "/v2/token/refresh", bare(refreshToken, responseKey))
}

// ValidateToken asks whether a token was made of an email or phone: request is the JSON of POST /v2/token/validate. It
// returns the decrypted JSON of the answer, in fresh memory. It is for tests of an integration. The credentials need the role
// GENERATOR. Errors are of type *Error.
func (c *Client) ValidateToken(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/token/validate", Text, request)
}
