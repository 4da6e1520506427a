package codec

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrSeal is the error of [AppendSeal] for a token that can't be made. The errors returned wrap it
// and give the reason.
var ErrSeal = errors.New("codec: can't seal a token")

// Fields holds what AppendSeal puts into a token.
type Fields struct {
	Scope         Scope        // required in versions 3 and 4; not stored in version 2
	Type          IdentityType // if unknown, UID's type, or email where UID has none; not stored in version 2
	SiteID        uint32
	UID           RawUID // required
	PrivacyBits   PrivacyBits
	EstablishedMs int64 // this and the other times are Unix milliseconds and not negative
	GeneratedMs   int64 // not stored in version 2
	RefreshedMs   int64 // not stored in version 2
	ExpiresMs     int64
	OperatorType  uint8 // 0 means 1, a service; not stored in version 2
}

// check returns why f can't be sealed as a token of version v, or nil.
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

// AppendSeal seals f under a master key and a site key, and appends the token's text to dst:
// versions 2 and 3 in standard base64 with padding, version 4 in URL-safe base64 without. The IVs
// come from crypto/rand, so sealing the same fields twice gives different tokens. On failure, the
// error wraps [ErrSeal] and dst is returned unchanged.
func AppendSeal(dst []byte, v Version, f *Fields, master, site *Key) ([]byte, error) {
	var ivs sealIVs
	rand.Read(ivs.inner[:])
	rand.Read(ivs.outer[:])
	return appendSeal(dst, v, f, master, site, &ivs)
}

// sealIVs are the IVs of both layers. Versions 3 and 4 use the first 12 bytes of each.
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

// head returns the first byte of a token of version 3 or 4. Its two low bits have no meaning.
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
