package operator

import "context"

// MaxIdentities is how many emails, phones or hashes one request may ask to map, and how many raw UIDs one request may ask
// about opt-outs.
const MaxIdentities = 5000

// MapIdentities asks for the raw UIDs of emails and phones: request is the JSON of POST /v3/identity/map. It travels as a
// binary envelope. It returns the decrypted JSON of the answer, in fresh memory. The credentials need the role MAPPER. Errors
// are of type *Error.
func (c *Client) MapIdentities(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v3/identity/map", Binary, request)
}

// MapIdentitiesV2 is MapIdentities at the older POST /v2/identity/map, which takes one kind of identity at a time.
//
// Deprecated: operators remove the endpoint on 2026-09-30. Use [Client.MapIdentities].
func (c *Client) MapIdentitiesV2(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/identity/map", Text, request)
}

// IdentityBuckets asks which buckets of salts were rotated: request is the JSON of POST /v2/identity/buckets. It returns
// the decrypted JSON of the answer, in fresh memory. The credentials need the role MAPPER. Errors are of type *Error.
//
// Deprecated: operators remove the endpoint on 2026-09-30. The answer of [Client.MapIdentities] says when to ask again.
func (c *Client) IdentityBuckets(ctx context.Context, request []byte) ([]byte, error) {
	return c.sealed(ctx, "/v2/identity/buckets", Text, request)
}
