package codec

// OpenLayer decrypts one layer of a token of this version into fresh memory: what the key seals,
// without the IV, but in versions 3 and 4 with the tag at the end. It is for programs that explain
// tokens to people; [Token.Open] opens a token, and is faster.
//
// It reports false if the tag is wrong, or if the sizes of iv and sealed are impossible. A layer of
// version 2 has no tag: it comes with its padding, which the caller must check. What a site's key
// opens includes the raw UID.
func (k *Key) OpenLayer(version Version, iv, sealed []byte) (plain []byte, ok bool) {
	plain = append([]byte(nil), sealed...)
	switch version {
	case V2:
		if len(iv) != blockSize || len(sealed) == 0 || len(sealed)%blockSize != 0 {
			return nil, false
		}
		k.ciphers().decryptCBC(iv, plain)
		return plain, true
	case V3, V4:
		if len(iv) != ivSize || len(sealed) < tagSize {
			return nil, false
		}
		if plain, ok = k.ciphers().openGCM(iv, plain); ok {
			return plain, true
		}
	}
	return nil, false
}
