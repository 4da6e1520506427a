package envelope

// AppendSealed appends to dst the bare form of payload, without time and nonce: how an operator answers a token
// refresh, under the refresh response key that it gave out with the token. The IV is fresh for each call.
// On an error, which is ErrSecretSize only, dst is returned as it was.
//
// payload must not overlap the spare capacity of dst.
func AppendSealed(dst, key, payload []byte) ([]byte, error) {
	return appendSeal(dst, key, newIV(), nil, payload)
}

// OpenSealed returns the payload of the bare form in fresh memory. Nothing ties it to a request: whoever replays an old
// one is believed. Errors are ErrShort, ErrSecretSize and ErrDecrypt.
func OpenSealed(key, sealed []byte) (payload []byte, err error) {
	if len(sealed) < SealedOverhead {
		return nil, ErrShort
	}
	return open(key, sealed)
}
