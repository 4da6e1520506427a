package codec

import "encoding/binary"

// A token of version 2, 133 bytes:
//
//	0    02
//	1    u32 master key id
//	5    16  IV of the master layer
//	21   112 master layer: AES-256-CBC with PKCS#7 padding
//
// Master layer, 108 bytes and padding of 4:
//
//	0    u64 expires, ms
//	8    u32 site key id
//	12   16  IV of the identity layer
//	28   80  identity layer: AES-256-CBC with PKCS#7 padding
//
// Identity layer, 64 bytes and padding of 16:
//
//	0    u32 site id
//	4    u32 44, the length of the text that follows
//	8    44  raw UID as base64
//	52   u32 privacy bits
//	56   u64 established, ms
//
// Nothing protects these bytes from being changed: anyone can flip bits of the expiry and of the
// site id through the IVs, and the format can't prevent it. So every byte that has only one right
// value is checked. The sizes leave exactly one valid padding for each layer, 4 bytes 04 and 16
// bytes 10. Checking all padding bytes together, with one status for every fault, also reveals as
// little as possible to a padding oracle attack.
const (
	sizeV2        = 133
	outerIVAtV2   = 5
	outerAtV2     = 21
	outerPadV2    = 4
	siteKeyAtV2   = 8
	innerIVAtV2   = 12
	innerAtV2     = 28
	innerSizeV2   = 80
	innerPadV2    = 16
	uidLenAtV2    = 4
	uidAtV2       = 8
	privacyAtV2   = uidAtV2 + rawUIDText
	establishedV2 = privacyAtV2 + 4
	blockSize     = 16
)

func (t *Token) openMasterV2(sealed []byte, master int, keys *KeyTable) Status {
	outer := sealed[outerAtV2:]
	keys.slots.decryptCBC(master, sealed[outerIVAtV2:outerAtV2], outer)
	if !padded(outer, outerPadV2) {
		return InvalidPayload
	}
	t.SiteKeyID = binary.BigEndian.Uint32(outer[siteKeyAtV2:])
	return Success
}

// openSiteV2 takes the opened master layer.
func (t *Token) openSiteV2(outer []byte, site int, keys *KeyTable) Status {
	inner := outer[innerAtV2 : innerAtV2+innerSizeV2]
	keys.slots.decryptCBC(site, outer[innerIVAtV2:innerAtV2], inner)
	if !padded(inner, innerPadV2) || binary.BigEndian.Uint32(inner[uidLenAtV2:]) != rawUIDText {
		return InvalidPayload
	}
	var buf rawUIDBuffer
	uid, ok := decodeRawUID(&buf, inner[uidAtV2:privacyAtV2])
	if !ok || !t.setTimes(binary.BigEndian.Uint64(outer), 0, binary.BigEndian.Uint64(inner[establishedV2:]), 0) {
		return InvalidPayload
	}
	t.SiteID = binary.BigEndian.Uint32(inner)
	t.PrivacyBits = PrivacyBits(binary.BigEndian.Uint32(inner[privacyAtV2:]))
	t.UID.set(uid)
	return Success
}

// padded reports whether data ends with the PKCS#7 padding of n bytes, in constant time.
func padded(data []byte, n int) bool {
	var wrong byte
	for _, b := range data[len(data)-n:] {
		wrong |= b ^ byte(n)
	}
	return wrong == 0
}
