// Package legacy is how sharers worked before raw UIDs could be shared as tokens: it encrypts
// arbitrary bytes under the key of a site, and decrypts tokens without lifetime limits. UID2 has
// deprecated it, and so has this module; it is here for those who still exchange such data. New
// programs should use package sharing.
//
// Keys are looked up by site, which only the legacy key answers have (operator.Client.LegacyKeys),
// or by id.
//
// # Concurrency
//
// A Client is immutable and safe for concurrent use, also while its source replaces keys.
package legacy

import (
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// Client encrypts and decrypts with the keys of one identity scope. Build it with [New].
type Client struct {
	scope     codec.Scope
	source    bidstream.KeySource
	decrypter *bidstream.Decrypter
}

// New builds a Client of a scope, ScopeUID2 or ScopeEUID: legacy key answers don't tell theirs. The
// error wraps bidstream.ErrOption: the scope is none, or the source is nil.
func New(scope codec.Scope, source bidstream.KeySource) (*Client, error) {
	decrypter, err := bidstream.New(bidstream.WithKeys(scope, source), bidstream.ForLegacy())
	if err != nil {
		return nil, err
	}
	return &Client{scope: scope, source: source, decrypter: decrypter}, nil
}

// Decrypt judges a token without a lifetime limit, and overwrites v with the verdict. For a token
// generated on the client side, name is checked unless it is "". nowMs is the time in Unix
// milliseconds. It doesn't allocate.
func (c *Client) Decrypt(v *bidstream.Verdict, token, name string, nowMs int64) {
	c.decrypter.DecryptString(v, token, bidstream.Query{Name: name, Scope: c.scope, NowMs: nowMs})
}

// Plain is data to encrypt.
type Plain struct {
	Bytes []byte
	NowMs int64 // Unix milliseconds; stored as the time of encryption

	// IV is for callers that must choose the IV: 12 bytes, never twice under one key. Nil means
	// a random one, and is what to use.
	IV []byte
}

// EncryptForSite encrypts under the active key of a site and appends the text, padded standard
// base64, to dst. The status is Success, NotInitialized, KeysNotSynced, NotAuthorizedForKey or
// EncryptionFailure; unless it is Success, dst is returned unchanged.
func (c *Client) EncryptForSite(dst []byte, p Plain, siteID uint32) ([]byte, codec.Status) {
	keys, status := c.keys(p.NowMs)
	if status != codec.Success {
		return dst, status
	}
	key, ok := keys.ActiveSiteKey(int64(siteID), p.NowMs)
	if !ok {
		return dst, codec.NotAuthorizedForKey
	}
	return c.seal(dst, p, siteID, key)
}

// EncryptForToken is like EncryptForSite, for the site that a token belongs to. If the token
// doesn't open, the status is TokenDecryptFailure.
func (c *Client) EncryptForToken(dst []byte, p Plain, token string) ([]byte, codec.Status) {
	if _, status := c.keys(p.NowMs); status != codec.Success {
		return dst, status
	}
	var v bidstream.Verdict
	if c.Decrypt(&v, token, "", p.NowMs); v.Status != codec.Success {
		return dst, codec.TokenDecryptFailure
	}
	return c.EncryptForSite(dst, p, v.SiteID)
}

// EncryptWithKey is like EncryptForSite, under the key with this id. If it isn't active now, the
// status is KeyInactive. The data names the key's site, or 0 if that isn't known.
func (c *Client) EncryptWithKey(dst []byte, p Plain, keyID uint32) ([]byte, codec.Status) {
	keys, status := c.keys(p.NowMs)
	if status != codec.Success {
		return dst, status
	}
	info, ok := keys.Info(keyID)
	if !ok {
		return dst, codec.NotAuthorizedForKey
	}
	if !info.Active(p.NowMs) {
		return dst, codec.KeyInactive
	}
	return c.seal(dst, p, uint32(max(0, info.SiteID)), keys.Keys().Lookup(keyID))
}

func (c *Client) seal(dst []byte, p Plain, siteID uint32, key *codec.Key) ([]byte, codec.Status) {
	if p.IV != nil && len(p.IV) != codec.DataIVSize {
		return dst, codec.EncryptionFailure
	}
	return codec.AppendSealData(dst, c.scope, codec.Data{Bytes: p.Bytes, SiteID: siteID, EncryptedMs: p.NowMs}, key, p.IV)
}

// DecryptData decrypts data of version 3 or 2. The statuses are NotInitialized, KeysNotSynced, and
// those of [codec.OpenData]. nowMs is the time in Unix milliseconds.
func (c *Client) DecryptData(text string, nowMs int64) (codec.Data, codec.Status) {
	keys, status := c.keys(nowMs)
	if status != codec.Success {
		return codec.Data{}, status
	}
	return codec.OpenData(text, c.scope, keys.Keys())
}

func (c *Client) keys(nowMs int64) (*keyset.Snapshot, codec.Status) {
	keys := c.source.Snapshot().OrEmpty()
	switch {
	case keys.Scope() == 0:
		return nil, codec.NotInitialized
	case !keys.Synced(nowMs):
		return nil, codec.KeysNotSynced
	}
	return keys, codec.Success
}
