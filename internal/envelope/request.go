package envelope

import "encoding/binary"

// AppendRequest appends a request envelope of version 1 to dst and returns the extended slice:
// payload (which may be empty) sealed under secret with timestampMs, the client's clock in Unix
// milliseconds, and nonce. Each call uses a fresh IV. An operator refuses a request whose time is
// about two minutes off its own clock, and may refuse a repeated nonce, so seal again for every
// attempt. The only error is ErrSecretSize; dst is then returned unchanged.
//
// payload must not overlap the spare capacity of dst.
func AppendRequest(dst, secret []byte, timestampMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	return appendRequest(dst, secret, newIV(), timestampMs, nonce, payload)
}

func appendRequest(dst, secret []byte, iv [ivSize]byte, timestampMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	sealed, err := appendSeal(append(dst, Version), secret, iv, header(timestampMs, nonce), payload)
	if err != nil {
		return dst, err
	}
	return sealed, nil
}

// OpenRequest is the operator's side of AppendRequest: it returns the client's time in Unix
// milliseconds, the nonce to repeat in the response, and the payload in fresh memory. The caller
// must check the time. Errors are ErrShort, ErrVersion, ErrSecretSize and ErrDecrypt; the other
// results are then zero.
func OpenRequest(secret, envelope []byte) (timestampMs int64, nonce [NonceSize]byte, payload []byte, err error) {
	if len(envelope) < RequestOverhead {
		return 0, nonce, nil, ErrShort
	}
	if envelope[0] != Version {
		return 0, nonce, nil, ErrVersion
	}
	plain, err := open(secret, envelope[1:])
	if err != nil {
		return 0, nonce, nil, err
	}
	copy(nonce[:], plain[timeSize:headerSize])
	return int64(binary.BigEndian.Uint64(plain)), nonce, plain[headerSize:], nil
}
