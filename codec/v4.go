package codec

import "encoding/binary"

// A token of version 3 or 4, 163 or 164 bytes:
//
//	0    u8  scope and identity type, see token.go
//	1    70 in version 3, 80 in version 4
//	2    u32 master key id
//	6    12  IV of the master layer
//	18   ..  master layer: AES-256-GCM without additional data, 16 bytes of tag at the end
//
// Master layer, 129 or 130 bytes:
//
//	0    u64 expires, ms
//	8    u64 generated, ms
//	16   u32 operator site id, 0
//	20   u8  operator type, 1
//	21   u32 operator version, 0
//	25   u32 operator key id, 0
//	29   u32 site key id
//	33   12  IV of the site layer
//	45   ..  site layer: AES-256-GCM as above
//
// Site layer, 68 or 69 bytes:
//
//	0    u32 site id
//	4    u64 publisher id, 0
//	12   u32 client key id, 0
//	16   u32 privacy bits
//	20   u64 established, ms
//	28   u64 refreshed, ms
//	36   ..  raw UID, 32 or 33 bytes
//
// The first six bytes aren't authenticated. Changing the key id selects another key, so the tag is
// wrong; changing scope or type goes unnoticed, but gains nothing: a raw UID of 33 bytes states
// both again.
const (
	outerIVAtV4   = 6
	outerAtV4     = 18
	generatedAtV4 = 8
	opTypeAtV4    = 20
	siteKeyAtV4   = 29
	innerIVAtV4   = 33
	innerAtV4     = 45
	privacyAtV4   = 16
	establishedV4 = 20
	refreshedAtV4 = 28
	uidAtV4       = 36
	tagSize       = 16
	ivSize        = 12
	minSizeV4     = outerAtV4 + innerAtV4 + uidAtV4 + minRawUID + 2*tagSize
	maxSizeV4     = minSizeV4 - minRawUID + maxRawUID
)

func (t *Token) openMasterV4(sealed []byte, master int, keys *KeyTable) Status {
	if len(sealed) > maxSizeV4 {
		// No raw UID is that long. The check comes before decryption: otherwise a sender of
		// such tokens could make us set up the standard library's ciphers for every key.
		return InvalidPayload
	}
	outer, ok := keys.slots.openGCM(master, sealed[outerIVAtV4:outerAtV4], sealed[outerAtV4:])
	if !ok {
		return InvalidPayload
	}
	t.SiteKeyID = binary.BigEndian.Uint32(outer[siteKeyAtV4:])
	return Success
}

// openSiteV4 takes the opened master layer and its tag.
func (t *Token) openSiteV4(outer []byte, site int, keys *KeyTable) Status {
	inner, ok := keys.slots.openGCM(site, outer[innerIVAtV4:innerAtV4], outer[innerAtV4:len(outer)-tagSize])
	if !ok {
		return InvalidPayload
	}
	uid := inner[uidAtV4:]
	if !isRawUIDSize(len(uid)) || !t.setTimes(binary.BigEndian.Uint64(outer), binary.BigEndian.Uint64(outer[generatedAtV4:]),
		binary.BigEndian.Uint64(inner[establishedV4:]), binary.BigEndian.Uint64(inner[refreshedAtV4:])) {
		return InvalidPayload
	}
	t.SiteID = binary.BigEndian.Uint32(inner)
	t.PrivacyBits = PrivacyBits(binary.BigEndian.Uint32(inner[privacyAtV4:]))
	t.UID.set(uid)
	return Success
}
