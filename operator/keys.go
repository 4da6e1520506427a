package operator

import "context"

// BidstreamKeys asks for what a bidder needs: keys to decrypt with, limits, and the names of sites. It returns the
// decrypted JSON of the answer, in fresh memory. The credentials need the role ID_READER. Errors are of type *Error.
func (c *Client) BidstreamKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/bidstream", Text, nil)
}

// SharingKeys asks for what a sharer needs: also keys to encrypt with. It returns the decrypted JSON of the answer, in
// fresh memory. The credentials need the role SHARER, or ID_READER to decrypt only. Errors are of type *Error.
func (c *Client) SharingKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/sharing", Text, nil)
}

// LegacyKeys asks for the plain list of keys that operators gave out before the other two. It returns the decrypted JSON
// of the answer, in fresh memory. The credentials need the role ID_READER. Errors are of type *Error.
func (c *Client) LegacyKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/latest", Text, nil)
}
