package envelope

import (
	"crypto/subtle"
	"encoding/binary"
)

// AppendResponse is the operator's side of OpenResponse: it appends to dst the envelope of a response that carries
// payload, serverMs (the operator's clock, Unix milliseconds) and the nonce of the request, and returns the longer
// slice. The IV is fresh for each call. On an error, which is ErrSecretSize only, dst is returned as it was.
//
// payload must not overlap the spare capacity of dst.
func AppendResponse(dst, secret []byte, serverMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	return appendSeal(dst, secret, newIV(), header(serverMs, nonce), payload)
}

// OpenResponse returns the payload of a response in fresh memory, and the operator's clock in Unix milliseconds.
// nonce is the one that went out with the request; it is compared, in constant time, before anything else of the
// plaintext is looked at. Errors are ErrShort, ErrSecretSize, ErrDecrypt and ErrNonce; the other results are then zero.
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
