package envelope

import (
	"crypto/subtle"
	"encoding/binary"
)

// AppendResponse is the operator's side of OpenResponse: it appends a response envelope to dst and
// returns the extended slice. The envelope has payload, serverMs (the operator's clock, Unix
// milliseconds) and the nonce of the request. Each call uses a fresh IV. The only error is
// ErrSecretSize; dst is then returned unchanged.
//
// payload must not overlap the spare capacity of dst.
func AppendResponse(dst, secret []byte, serverMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	return appendSeal(dst, secret, newIV(), header(serverMs, nonce), payload)
}

// OpenResponse returns the payload of a response in fresh memory, and the operator's clock in Unix
// milliseconds. nonce is the one that was sent with the request; it is compared, in constant time,
// before any other part of the plaintext is read. Errors are ErrShort, ErrSecretSize, ErrDecrypt
// and ErrNonce; the other results are then zero.
func OpenResponse(secret, envelope []byte, nonce [NonceSize]byte) (payload []byte, serverMs int64, err error) {
	if len(envelope) < ResponseOverhead {
		return nil, 0, ErrShort
	}
	plain, err := open(secret, envelope)
	if err != nil {
		return nil, 0, err
	}
	if subtle.ConstantTimeCompare(plain[timeSize:headerSize], nonce[:]) != 1 {
		return nil, 0, ErrNonce
	}
	return plain[headerSize:], int64(binary.BigEndian.Uint64(plain)), nil
}
