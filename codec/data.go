package codec

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
)

// Legacy data is arbitrary bytes encrypted under one key, the way sharers sent data before tokens
// could be shared. Its text is standard base64 with padding. Version 3, which is both read and
// written:
//
//	0    u8  60, plus 10 for EUID, plus 0B
//	1    70
//	2    u32 key id
//	6    12  IV
//	18   ..  AES-256-GCM without additional data, 16 bytes of tag at the end
//
// What version 3 encrypts:
//
//	0    u64 encrypted, ms
//	8    u32 site id
//	12   ..  the data
//
// Version 2, which is read but not written:
//
//	0    80
//	1    01
//	2    u64 encrypted, ms
//	10   u32 site id
//	14   u32 key id
//	18   16  IV
//	34   ..  AES-256-CBC with PKCS#7 padding of the data
const (
	dataFirstV3  = 0x6B
	dataKindMask = 0xE0
	dataKindV3   = 0x60
	dataKeyAtV3  = 2
	dataIVAtV3   = 6
	dataAtV3     = 18
	dataHeadV3   = 12 // time and site
	dataFirstV2  = 0x80
	dataSecondV2 = 1
	dataTimeAtV2 = 2
	dataSiteAtV2 = 10
	dataKeyAtV2  = 14
	dataIVAtV2   = 18
	dataAtV2     = 34
)

// DataIVSize is the size of the IV of legacy data in bytes.
const DataIVSize = dataAtV3 - dataIVAtV3

// Data is decrypted legacy data: the bytes, the site they were encrypted for, and when that was.
type Data struct {
	Bytes       []byte
	SiteID      uint32
	EncryptedMs int64 // Unix milliseconds
}

// AppendSealData encrypts d under key as legacy data of version 3 and appends the text to dst. iv
// is for callers that must choose the IV: using one twice under the same key breaks AES-GCM. If iv
// is nil or its size is not [DataIVSize], a random IV is used. The status is Success or, for an
// invalid scope, time or key, EncryptionFailure; dst is then returned unchanged.
func AppendSealData(dst []byte, scope Scope, d Data, key *Key, iv []byte) ([]byte, Status) {
	if key == nil || scope != ScopeUID2 && scope != ScopeEUID || d.EncryptedMs < 0 {
		return dst, EncryptionFailure
	}
	sealed := make([]byte, dataAtV3, dataAtV3+dataHeadV3+len(d.Bytes)+tagSize)
	sealed[0], sealed[1] = dataFirst(scope), secondV3
	binary.BigEndian.PutUint32(sealed[dataKeyAtV3:], key.id)
	if len(iv) == DataIVSize {
		copy(sealed[dataIVAtV3:], iv)
	} else {
		rand.Read(sealed[dataIVAtV3:dataAtV3])
	}
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, dataHeadV3+len(d.Bytes)), uint64(d.EncryptedMs))
	plain = binary.BigEndian.AppendUint32(plain, d.SiteID)
	plain = append(plain, d.Bytes...)
	sealed = key.ciphers().standard().gcm.Seal(sealed, sealed[dataIVAtV3:dataAtV3], plain, nil)
	return base64.StdEncoding.AppendEncode(dst, sealed), Success
}

func dataFirst(scope Scope) byte { return dataFirstV3 + byte(scope-ScopeUID2)<<4 }

// OpenData decrypts legacy data of either version with the keys of a scope. It returns
//
//   - InvalidPayloadType if the first byte belongs to neither version;
//   - InvalidIdentityScope if it is version 3 and its first byte belongs to another scope;
//   - VersionNotSupported if the second byte is wrong;
//   - NotAuthorizedForKey if keys doesn't hold the key;
//   - InvalidPayload if anything else is wrong;
//   - Success otherwise.
//
// Version 2 has no integrity protection.
func OpenData[T ~string | ~[]byte](text T, scope Scope, keys *KeyTable) (Data, Status) {
	sealed := make([]byte, len(text)+decodeSlack)
	n, ok := decode(sealed, text)
	if !ok || n < 2 {
		return Data{}, InvalidPayload
	}
	sealed = sealed[:n:n]
	if sealed[0]&dataKindMask == dataKindV3 {
		return openDataV3(sealed, scope, keys)
	}
	return openDataV2(sealed, keys)
}

func openDataV3(sealed []byte, scope Scope, keys *KeyTable) (Data, Status) {
	switch {
	case sealed[0] != dataFirst(scope):
		return Data{}, InvalidIdentityScope
	case sealed[1] != secondV3:
		return Data{}, VersionNotSupported
	case len(sealed) < dataAtV3+dataHeadV3+tagSize:
		return Data{}, InvalidPayload
	}
	key := keys.slot(binary.BigEndian.Uint32(sealed[dataKeyAtV3:]))
	if key < 0 {
		return Data{}, NotAuthorizedForKey
	}
	plain, ok := keys.slots.openGCM(key, sealed[dataIVAtV3:dataAtV3], sealed[dataAtV3:])
	if !ok {
		return Data{}, InvalidPayload
	}
	return newData(plain[dataHeadV3:], binary.BigEndian.Uint32(plain[8:]), binary.BigEndian.Uint64(plain))
}

func openDataV2(sealed []byte, keys *KeyTable) (Data, Status) {
	switch {
	case sealed[0] != dataFirstV2:
		return Data{}, InvalidPayloadType
	case sealed[1] != dataSecondV2:
		return Data{}, VersionNotSupported
	case len(sealed) < dataAtV2+blockSize || (len(sealed)-dataAtV2)%blockSize != 0:
		return Data{}, InvalidPayload
	}
	key := keys.slot(binary.BigEndian.Uint32(sealed[dataKeyAtV2:]))
	if key < 0 {
		return Data{}, NotAuthorizedForKey
	}
	plain := sealed[dataAtV2:]
	keys.slots.decryptCBC(key, sealed[dataIVAtV2:dataAtV2], plain)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > blockSize || !padded(plain, padding) {
		return Data{}, InvalidPayload
	}
	return newData(plain[:len(plain)-padding], binary.BigEndian.Uint32(sealed[dataSiteAtV2:]), binary.BigEndian.Uint64(sealed[dataTimeAtV2:]))
}

func newData(bytes []byte, siteID uint32, encryptedMs uint64) (Data, Status) {
	if int64(encryptedMs) < 0 {
		return Data{}, InvalidPayload
	}
	return Data{Bytes: bytes, SiteID: siteID, EncryptedMs: int64(encryptedMs)}, Success
}
