package operator

import "context"

// BidstreamKeys requests what a bidder needs: keys to decrypt with, limits, and the names of sites.
// The result is the decrypted JSON of the answer, in fresh memory. The credentials need the role
// ID_READER. Errors are of type *Error.
func (c *Client) BidstreamKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/bidstream", Text, nil)
}

// SharingKeys requests what a sharer needs: the same and keys to encrypt with. The result is the
// decrypted JSON of the answer, in fresh memory. The credentials need the role SHARER, or ID_READER
// for decrypting only. Errors are of type *Error.
func (c *Client) SharingKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/sharing", Text, nil)
}

// LegacyKeys requests the plain list of keys that operators returned before there were the other
// two endpoints. The result is the decrypted JSON of the answer, in fresh memory. The credentials
// need the role ID_READER. Errors are of type *Error.
func (c *Client) LegacyKeys(ctx context.Context) ([]byte, error) {
	return c.sealed(ctx, "/v2/key/latest", Text, nil)
}
