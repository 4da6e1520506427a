package sharing

import (
	"math"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// Sharer encrypts and decrypts with the keys of one identity scope. Build it with [New]. It is
// immutable and safe for concurrent use.
type Sharer struct {
	scope     codec.Scope
	source    bidstream.KeySource
	decrypter *bidstream.Decrypter
}

// New returns a Sharer of a scope, ScopeUID2 or ScopeEUID, with a source of an operator's sharing
// keys, such as a [keyset.Refresher]. Options are for decrypting, such as [bidstream.WithOptOuts].
// Errors wrap bidstream.ErrOption: the scope is neither of the two, the source is nil, or an option
// is impossible.
func New(scope codec.Scope, source bidstream.KeySource, opts ...bidstream.Option) (*Sharer, error) {
	opts = append([]bidstream.Option{bidstream.WithKeys(scope, source), bidstream.ForSharing()}, opts...)
	decrypter, err := bidstream.New(opts...)
	if err != nil {
		return nil, err
	}
	return &Sharer{scope: scope, source: source, decrypter: decrypter}, nil
}

// Encrypt turns a raw UID into a token for those with whom the caller's default keyset is shared,
// and appends its text to dst. nowMs is the time in Unix milliseconds. Unless the status is
// Success, dst is returned unchanged. It allocates a few buffers.
func (s *Sharer) Encrypt(dst []byte, uid codec.RawUID, nowMs int64) ([]byte, codec.Status) {
	keys := s.keys()
	keysetID, ok := keys.DefaultKeysetID()
	return s.encrypt(dst, uid, keys, keysetID, ok, nowMs)
}

// EncryptFor is like Encrypt, for those with whom another keyset of the caller is shared.
func (s *Sharer) EncryptFor(dst []byte, uid codec.RawUID, keysetID int64, nowMs int64) ([]byte, codec.Status) {
	return s.encrypt(dst, uid, s.keys(), keysetID, true, nowMs)
}

// Decrypt judges a token that another participant sent, and overwrites v with the verdict. nowMs is
// the time in Unix milliseconds. It neither changes token nor keeps a reference to it, and doesn't
// allocate.
func (s *Sharer) Decrypt(v *bidstream.Verdict, token []byte, nowMs int64) {
	s.decrypter.Decrypt(v, token, bidstream.Query{Scope: s.scope, NowMs: nowMs})
}

// DecryptString is like Decrypt, for a string.
func (s *Sharer) DecryptString(v *bidstream.Verdict, token string, nowMs int64) {
	s.decrypter.DecryptString(v, token, bidstream.Query{Scope: s.scope, NowMs: nowMs})
}

func (s *Sharer) keys() *keyset.Snapshot { return s.source.Snapshot().OrEmpty() }

// encrypt makes the checks that the package comment numbers. ok says whether there is a keyset to
// encrypt for.
func (s *Sharer) encrypt(dst []byte, uid codec.RawUID, keys *keyset.Snapshot, keysetID int64, ok bool, nowMs int64) ([]byte, codec.Status) {
	if keys.Scope() == 0 {
		return dst, codec.NotInitialized // 1
	}
	if !keys.Synced(nowMs) {
		return dst, codec.KeysNotSynced // 2
	}
	master := masterKey(keys, nowMs)
	if master == nil {
		return dst, codec.NotAuthorizedForMasterKey // 3
	}
	site, active := keys.ActiveKey(keysetID, nowMs)
	if !ok || !active {
		return dst, codec.NotAuthorizedForKey // 4
	}
	fields, ok := s.fields(uid, keys, nowMs)
	if !ok {
		return dst, codec.EncryptionFailure // 5
	}
	token, err := codec.AppendSeal(dst, codec.V4, &fields, master, site)
	if err != nil {
		return dst, codec.EncryptionFailure // 5
	}
	return token, codec.Success
}

func masterKey(keys *keyset.Snapshot, nowMs int64) *codec.Key {
	id, ok := keys.MasterKeysetID()
	if !ok {
		return nil
	}
	key, _ := keys.ActiveKey(id, nowMs)
	return key
}

// fields returns the fields of the token, or false if such a token can't be made.
func (s *Sharer) fields(uid codec.RawUID, keys *keyset.Snapshot, nowMs int64) (codec.Fields, bool) {
	siteID, known := keys.CallerSiteID()
	if !known || keys.Scope() != s.scope || uid.Scope() != 0 && uid.Scope() != s.scope || nowMs > math.MaxInt64-keys.TokenExpiryMs() {
		return codec.Fields{}, false
	}
	return codec.Fields{
		Scope:         s.scope,
		SiteID:        siteID,
		UID:           uid,
		EstablishedMs: nowMs,
		GeneratedMs:   nowMs,
		RefreshedMs:   nowMs,
		ExpiresMs:     nowMs + keys.TokenExpiryMs(),
	}, true
}
