package codec

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrSeal says that [AppendSeal] was asked for a token that can't be. The errors that it returns wrap it and say why.
var ErrSeal = errors.New("codec: can't seal a token")

// Fields is what a sealed token says.
type Fields struct {
	Scope         Scope        // required in versions 3 and 4; version 2 doesn't tell it
	Type          IdentityType // TypeUnknown means what UID tells, or email where it doesn't; version 2 doesn't tell it
	SiteID        uint32
	UID           RawUID // required
	PrivacyBits   PrivacyBits
	EstablishedMs int64 // this and the others in Unix milliseconds, not negative
	GeneratedMs   int64 // version 2 doesn't tell it
	RefreshedMs   int64 // version 2 doesn't tell it
	ExpiresMs     int64
	OperatorType  uint8 // 0 means 1, a service; version 2 doesn't tell it
}

// check returns what is wrong with f for a token of version v.
func (f *Fields) check(v Version) error {
	switch {
	case v != V2 && v != V3 && v != V4:
		return sealError("the version isn't 2, 3 or 4")
	case f.UID.IsZero():
		return sealError("the raw UID is missing")
	case v != V2 && f.Scope != ScopeUID2 && f.Scope != ScopeEUID:
		return sealError("the scope is missing")
	case f.Type > TypePhone:
		return sealError("the identity type is unknown")
	case f.EstablishedMs < 0 || f.GeneratedMs < 0 || f.RefreshedMs < 0 || f.ExpiresMs < 0:
		return sealError("a time is negative")
	}
	return nil
}

// sealError wraps ErrSeal with a reason.
type sealError string

func (e sealError) Error() string { return ErrSeal.Error() + ": " + string(e) }
func (e sealError) Unwrap() error { return ErrSeal }

// AppendSeal seals what f says under a master key and a site key, and appends the token's text to dst: of versions 2 and
// 3 in standard base64 with padding, of version 4 in URL-safe base64 without. The IVs come fresh from crypto/rand; sealing
// the same fields twice gives different tokens. If it fails, the error is an [ErrSeal] and dst is returned as it was.
func AppendSeal(dst []byte, v Version, f *Fields, master, site *Key) ([]byte, error) {
	var ivs sealIVs
	rand.Read(ivs.inner[:])
	rand.Read(ivs.outer[:])
	return appendSeal(dst, v, f, master, site, &ivs)
}

// sealIVs are the IVs of both layers, of which versions 3 and 4 use the first 12 bytes each.
type sealIVs struct {
	inner, outer [blockSize]byte
}

func appendSeal(dst []byte, v Version, f *Fields, master, site *Key, ivs *sealIVs) ([]byte, error) {
	if err := f.check(v); err != nil {
		return dst, err
	}
	if master == nil || site == nil {
		return dst, sealError("a key is missing")
	}
	switch v {
	case V2:
		return base64.StdEncoding.AppendEncode(dst, sealV2(f, master, site, ivs)), nil
	case V3:
		return base64.StdEncoding.AppendEncode(dst, sealV4(f, secondV3, master, site, ivs)), nil
	}
	return base64.RawURLEncoding.AppendEncode(dst, sealV4(f, secondV4, master, site, ivs)), nil
}

// sealV2 returns a token as drawn in v2.go.
func sealV2(f *Fields, master, site *Key, ivs *sealIVs) []byte {
	be := binary.BigEndian
	inner := make([]byte, 0, innerSizeV2)
	inner = be.AppendUint32(inner, f.SiteID)
	inner = be.AppendUint32(inner, rawUIDText)
	inner = f.UID.AppendReveal(inner)
	inner = be.AppendUint32(inner, uint32(f.PrivacyBits))
	inner = be.AppendUint64(inner, uint64(f.EstablishedMs))
	inner = site.ciphers().standard().encryptCBC(ivs.inner[:], inner)

	outer := make([]byte, 0, sizeV2-outerAtV2)
	outer = be.AppendUint64(outer, uint64(f.ExpiresMs))
	outer = be.AppendUint32(outer, site.id)
	outer = append(outer, ivs.inner[:]...)
	outer = append(outer, inner...)
	outer = master.ciphers().standard().encryptCBC(ivs.outer[:], outer)

	token := append(make([]byte, 0, sizeV2), headV2)
	token = be.AppendUint32(token, master.id)
	token = append(token, ivs.outer[:]...)
	return append(token, outer...)
}

// sealV4 returns a token as drawn in v4.go.
func sealV4(f *Fields, second byte, master, site *Key, ivs *sealIVs) []byte {
	be := binary.BigEndian
	innerIV, outerIV := ivs.inner[:ivSize], ivs.outer[:ivSize]

	inner := make([]byte, uidAtV4, uidAtV4+maxRawUID)
	be.PutUint32(inner, f.SiteID)
	be.PutUint32(inner[privacyAtV4:], uint32(f.PrivacyBits))
	be.PutUint64(inner[establishedV4:], uint64(f.EstablishedMs))
	be.PutUint64(inner[refreshedAtV4:], uint64(f.RefreshedMs))
	inner = f.UID.AppendBytes(inner)

	outer := make([]byte, innerAtV4, innerAtV4+len(inner)+tagSize)
	be.PutUint64(outer, uint64(f.ExpiresMs))
	be.PutUint64(outer[generatedAtV4:], uint64(f.GeneratedMs))
	outer[opTypeAtV4] = f.operatorType()
	be.PutUint32(outer[siteKeyAtV4:], site.id)
	copy(outer[innerIVAtV4:], innerIV)
	outer = site.ciphers().standard().gcm.Seal(outer, innerIV, inner, nil)

	token := make([]byte, outerAtV4, outerAtV4+len(outer)+tagSize)
	token[0], token[1] = f.head(), second
	be.PutUint32(token[masterAtV4:], master.id)
	copy(token[outerIVAtV4:], outerIV)
	return master.ciphers().standard().gcm.Seal(token, outerIV, outer, nil)
}

// head is the first byte of tokens of versions 3 and 4. Its two low bits mean nothing.
func (f *Fields) head() byte {
	head := byte(0x03)
	if f.Scope == ScopeEUID {
		head |= 0x10
	}
	kind := f.Type
	if kind == TypeUnknown {
		kind = f.UID.Type()
	}
	if kind == TypePhone {
		head |= 0x04
	}
	return head
}

func (f *Fields) operatorType() uint8 {
	if f.OperatorType == 0 {
		return 1
	}
	return f.OperatorType
}
