// Package legacy is what sharers did before raw UIDs could be shared as tokens: encrypt any bytes under the key of a site,
// and decrypt tokens without limits of their lifetime. It is deprecated, as it is by UID2, and here for those who still
// exchange such data. New programs want package sharing.
//
// Keys are found by site, which only the legacy key answers tell (operator.Client.LegacyKeys), or by id.
//
// # Concurrency
//
// A Client never changes and may be used from any goroutine, while its source replaces keys.
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

// Decrypt judges a token without limits of its lifetime, and overwrites v with the verdict. A token made on a client is held
// to name unless that is "". nowMs is the time in Unix milliseconds.
func (c *Client) Decrypt(v *bidstream.Verdict, token, name string, nowMs int64) {
	c.decrypter.DecryptString(v, token, bidstream.Query{Name: name, Scope: c.scope, NowMs: nowMs})
}

// Plain is what to encrypt.
type Plain struct {
	Bytes []byte
	NowMs int64 // Unix milliseconds; what the data says of when it was encrypted

	// IV is for those who must choose it: 12 bytes, never twice under one key. Nil means a fresh one, which is what to use.
	IV []byte
}

// EncryptForSite encrypts under the active key of a site and appends the text, padded standard base64, to dst. The status
// is Success, NotInitialized, KeysNotSynced, NotAuthorizedForKey or EncryptionFailure; dst is then returned as it was.
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

// EncryptForToken is EncryptForSite for the site that a token belongs to. A token that doesn't open is
// TokenDecryptFailure.
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

// EncryptWithKey is EncryptForSite under the key with an id, which must be active now: otherwise the status is KeyInactive.
// The data names the key's site, or 0 where that isn't known.
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

// DecryptData decrypts data of version 3 or 2. The statuses are those of [codec.OpenData], and before them NotInitialized and
// KeysNotSynced. nowMs is the time in Unix milliseconds.
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
