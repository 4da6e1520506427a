package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
)

const (
	// SecretSize is the size of a client secret, in bytes.
	SecretSize = 32
	// NonceSize is the size of a request's nonce, in bytes.
	NonceSize = 8
	// Version is the only known version of a request envelope, its first byte.
	Version = 1
	// RequestOverhead is the size of a request envelope beyond its payload, in bytes.
	RequestOverhead = 1 + ResponseOverhead
	// ResponseOverhead is the size of a response envelope beyond its payload, in bytes.
	ResponseOverhead = SealedOverhead + headerSize
	// SealedOverhead is the size of the bare form beyond its payload, in bytes.
	SealedOverhead = ivSize + tagSize
)

const (
	ivSize     = 12
	tagSize    = 16
	timeSize   = 8
	headerSize = timeSize + NonceSize
)

// Errors of this package. None contains any byte of a secret, an envelope or a payload.
var (
	// ErrSecretSize: the secret is not SecretSize bytes long. A shorter one would silently
	// select a weaker AES.
	ErrSecretSize = errors.New("envelope: the secret is not 32 bytes long")
	// ErrShort: the envelope is shorter than an empty one, so it was truncated or isn't an
	// envelope.
	ErrShort = errors.New("envelope: too short")
	// ErrVersion: the first byte of a request envelope is not Version.
	ErrVersion = errors.New("envelope: unknown format version")
	// ErrDecrypt: the envelope was not sealed under this secret, or was changed since; the two
	// can't be distinguished.
	ErrDecrypt = errors.New("envelope: does not open under this secret")
	// ErrNonce: the response is authentic, but answers another request.
	ErrNonce = errors.New("envelope: the response repeats another nonce")
	// ErrBase64: the text is not padded standard base64.
	ErrBase64 = errors.New("envelope: not base64")
)

// NewNonce returns a fresh nonce from crypto/rand.
func NewNonce() (nonce [NonceSize]byte) {
	rand.Read(nonce[:])
	return nonce
}

func newIV() (iv [ivSize]byte) {
	// With one client secret, random IVs are safe for some 2^32 envelopes, which is centuries
	// of requests.
	rand.Read(iv[:])
	return iv
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil || len(secret) != SecretSize {
		return nil, ErrSecretSize
	}
	return cipher.NewGCM(block)
}

// appendSeal appends iv and the sealed plaintext, which is header (may be nil) followed by payload.
func appendSeal(dst, secret []byte, iv [ivSize]byte, header, payload []byte) ([]byte, error) {
	aead, err := newAEAD(secret)
	if err != nil {
		return dst, err
	}
	dst = slices.Grow(dst, SealedOverhead+len(header)+len(payload))
	dst = append(dst, iv[:]...)
	start := len(dst)
	dst = append(dst, header...)
	dst = append(dst, payload...)
	return aead.Seal(dst[:start], iv[:], dst[start:], nil), nil
}

// open returns the plaintext of IV || sealed || tag in fresh memory.
func open(secret, sealed []byte) ([]byte, error) {
	aead, err := newAEAD(secret)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, sealed[:ivSize], sealed[ivSize:], nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plain, nil
}

func header(timeMs int64, nonce [NonceSize]byte) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, headerSize), uint64(timeMs))
	return append(b, nonce[:]...)
}
