package codec_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// A second implementation of the formats, slow and plain, on nothing but the standard library.
// Fuzzers compare the package with it.

// referenceDecode reads base64 the way the package documents it.
func referenceDecode(text string) ([]byte, bool) {
	for range 2 {
		text = strings.TrimSuffix(text, "=")
	}
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(text))
	return b, err == nil
}

// referenceParse does what Parse does; the bytes it returns are those still to be opened.
func referenceParse(text string) (codec.Status, said, []byte) {
	if len(text) < 4 {
		return codec.InvalidPayload, said{}, nil
	}
	head, ok := referenceDecode(text[:4])
	if !ok || len(head) != 3 {
		return codec.InvalidPayload, said{}, nil
	}
	var s said
	switch {
	case head[0] == 2:
		s.Version = codec.V2
	case head[1] == 112:
		s.Version = codec.V3
	case head[1] == 128:
		s.Version = codec.V4
	default:
		return codec.VersionNotSupported, said{}, nil
	}
	b, ok := referenceDecode(text)
	if !ok || len(text) > 512 || s.Version == 2 && len(b) != 133 || s.Version != 2 && len(b) < 163 {
		return codec.InvalidPayload, said{}, nil
	}
	if s.Version == 2 {
		s.MasterKeyID = binary.BigEndian.Uint32(b[1:5])
		return codec.Success, s, b
	}
	s.MasterKeyID = binary.BigEndian.Uint32(b[2:6])
	s.Scope = []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}[b[0]/16%2]
	s.Type = []codec.IdentityType{codec.TypeEmail, codec.TypePhone, codec.TypeUnknown, codec.TypeUnknown}[b[0]/4%4]
	return codec.Success, s, b
}

// referenceOpen does what Open does, to the bytes that referenceParse returned.
func referenceOpen(s said, b []byte, secrets map[uint32][]byte) (codec.Status, said) {
	outside := s
	masterSecret, ok := secrets[s.MasterKeyID]
	if !ok {
		return codec.NotAuthorizedForMasterKey, outside
	}
	fail := func(status codec.Status) (codec.Status, said) {
		outside.SiteKeyID = s.SiteKeyID
		return status, outside
	}
	var established, generated, refreshed, expires uint64
	var uidBytes []byte
	if s.Version == 2 {
		master, ok := referenceCBC(masterSecret, b[5:21], b[21:])
		if !ok || len(master) != 108 {
			return fail(codec.InvalidPayload)
		}
		expires = binary.BigEndian.Uint64(master)
		s.SiteKeyID = binary.BigEndian.Uint32(master[8:])
		siteSecret, ok := secrets[s.SiteKeyID]
		if !ok {
			return fail(codec.NotAuthorizedForKey)
		}
		identity, ok := referenceCBC(siteSecret, master[12:28], master[28:])
		if !ok || len(identity) != 64 || binary.BigEndian.Uint32(identity[4:]) != 44 {
			return fail(codec.InvalidPayload)
		}
		s.SiteID = binary.BigEndian.Uint32(identity)
		if uidBytes, ok = referenceDecode(string(identity[8:52])); !ok {
			return fail(codec.InvalidPayload)
		}
		s.PrivacyBits = codec.PrivacyBits(binary.BigEndian.Uint32(identity[52:]))
		established = binary.BigEndian.Uint64(identity[56:])
	} else {
		if len(b) > 164 {
			return fail(codec.InvalidPayload)
		}
		master, err := referenceGCM(masterSecret).Open(nil, b[6:18], b[18:], nil)
		if err != nil {
			return fail(codec.InvalidPayload)
		}
		expires, generated = binary.BigEndian.Uint64(master), binary.BigEndian.Uint64(master[8:])
		s.SiteKeyID = binary.BigEndian.Uint32(master[29:])
		siteSecret, ok := secrets[s.SiteKeyID]
		if !ok {
			return fail(codec.NotAuthorizedForKey)
		}
		site, err := referenceGCM(siteSecret).Open(nil, master[33:45], master[45:], nil)
		if err != nil {
			return fail(codec.InvalidPayload)
		}
		s.SiteID = binary.BigEndian.Uint32(site)
		s.PrivacyBits = codec.PrivacyBits(binary.BigEndian.Uint32(site[16:]))
		established, refreshed = binary.BigEndian.Uint64(site[20:]), binary.BigEndian.Uint64(site[28:])
		uidBytes = site[36:]
	}
	s.ExpiresMs, s.GeneratedMs, s.EstablishedMs, s.RefreshedMs = int64(expires), int64(generated), int64(established), int64(refreshed)
	if len(uidBytes) != 32 && len(uidBytes) != 33 || min(s.ExpiresMs, s.GeneratedMs, s.EstablishedMs, s.RefreshedMs) < 0 {
		return fail(codec.InvalidPayload)
	}
	s.UID, _ = codec.NewRawUID(uidBytes)
	return codec.Success, s
}

func referenceCBC(secret, iv, data []byte) ([]byte, bool) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err)
	}
	if len(data) == 0 || len(data)%16 != 0 {
		return nil, false
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > 16 {
		return nil, false
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, false
		}
	}
	return plain[:len(plain)-pad], true
}

func referenceGCM(secret []byte) cipher.AEAD {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func secrets() map[uint32][]byte {
	byID := make(map[uint32][]byte)
	for _, v := range fixtures.KeyVectors() {
		byID[v.ID] = v.Secret
	}
	return byID
}

func putKeyID(b []byte, id uint32) { binary.BigEndian.PutUint32(b, id) }

// sealedV4 seals layers of any content and length under the golden keys: the site layer goes after
// the first 45 bytes of the master layer, or after all of it if it is shorter.
func sealedV4(t testing.TB, master, site []byte) string {
	t.Helper()
	s := secrets()
	iv := make([]byte, 12)
	outer := append([]byte(nil), master...)
	copy(outer[min(33, len(outer)):], iv)
	outer = referenceGCM(s[5002]).Seal(outer, iv, site, nil)
	token := append([]byte{3, 128, 0, 0, 0, 0}, iv...)
	putKeyID(token[2:], 5001)
	return base64.RawURLEncoding.EncodeToString(referenceGCM(s[5001]).Seal(token, iv, outer, nil))
}

// sealedV2 encrypts layers under the golden keys: 12 bytes of the master layer and its padding of
// 4, and 80 of the identity layer with its padding.
func sealedV2(t testing.TB, master, identity []byte) string {
	t.Helper()
	s := secrets()
	iv := make([]byte, 16)
	outer := append([]byte(nil), master[:12]...)
	outer = append(outer, iv...)
	outer = append(outer, encryptedCBC(s[5002], iv, identity[:80])...)
	outer = append(outer, master[12:16]...)
	token := append([]byte{2, 0, 0, 0, 0}, iv...)
	putKeyID(token[1:], 5001)
	return base64.StdEncoding.EncodeToString(append(token, encryptedCBC(s[5001], iv, outer)...))
}

func encryptedCBC(secret, iv, data []byte) []byte {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err)
	}
	out := make([]byte, len(data))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, data)
	return out
}
