package operator

import "context"

// MaxIdentities is the largest number of emails, phones or hashes per mapping request, and of raw
// UIDs per opt-out status request.
const MaxIdentities = 5000

// MapIdentities requests the raw UIDs of emails and phones: request is the JSON of POST
// /v3/identity/map. It is sent as a binary envelope. The result is the decrypted JSON of the
// answer, in fresh memory. The credentials need the role MAPPER. Errors are of type *Error.
func (c *Client) MapIdentities(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v3/identity/map", Binary, request)
}

// MapIdentitiesV2 is like MapIdentities, for the older POST /v2/identity/map, which accepts one
// kind of identity at a time.
//
// Deprecated: operators will remove the endpoint on 2026-09-30. Use [Client.MapIdentities].
func (c *Client) MapIdentitiesV2(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/identity/map", Text, request)
}

// IdentityBuckets requests the salt buckets that were rotated: request is the JSON of POST
// /v2/identity/buckets. The result is the decrypted JSON of the answer, in fresh memory. The
// credentials need the role MAPPER. Errors are of type *Error.
//
// Deprecated: operators will remove the endpoint on 2026-09-30. The answer of
// [Client.MapIdentities] says when to ask again.
func (c *Client) IdentityBuckets(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/identity/buckets", Text, request)
}
