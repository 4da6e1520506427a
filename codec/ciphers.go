package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// standard are the standard library's ciphers of a key.
type standard struct {
	block cipher.Block // version 2 chains blocks by hand: a cipher.BlockMode would be an allocation per layer
	gcm   cipher.AEAD  // versions 3 and 4
}

func newStandard(secret []byte) (*standard, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &standard{block, gcm}, nil
}

// openGCM opens sealed, which ends with its tag, in place. What it returns shares the memory of sealed.
func (s *standard) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	plain, err := s.gcm.Open(sealed[:0], iv, sealed, nil)
	return plain, err == nil
}

// decryptCBC decrypts data, whole blocks, in place. It goes from the last block to the first, so that the ciphertext
// that each block is chained to is still there. cipher.NewCBCDecrypter does the same work after an allocation.
func (s *standard) decryptCBC(iv, data []byte) {
	for i := len(data) - blockSize; i > 0; i -= blockSize {
		b := data[i : i+blockSize]
		s.block.Decrypt(b, b)
		subtle.XORBytes(b, b, data[i-blockSize:i])
	}
	first := data[:blockSize]
	s.block.Decrypt(first, first)
	subtle.XORBytes(first, first, iv)
}

// encryptCBC pads data as PKCS#7 says and encrypts it in place.
func (s *standard) encryptCBC(iv, data []byte) []byte {
	pad := blockSize - len(data)%blockSize
	for range pad {
		data = append(data, byte(pad))
	}
	cipher.NewCBCEncrypter(s.block, iv).CryptBlocks(data, data)
	return data
}
