package envelope

// AppendSealed appends the bare form of payload, without time and nonce, to dst. In this form, an
// operator answers a token refresh, under the refresh response key that it issued with the token.
// Each call uses a fresh IV. The only error is ErrSecretSize; dst is then returned unchanged.
//
// payload must not overlap the spare capacity of dst.
func AppendSealed(dst, key, payload []byte) ([]byte, error) {
	return appendSeal(dst, key, newIV(), nil, payload)
}

// OpenSealed returns the payload of the bare form in fresh memory. Nothing ties it to a request, so
// a replayed one is accepted. Errors are ErrShort, ErrSecretSize and ErrDecrypt.
func OpenSealed(key, sealed []byte) (payload []byte, err error) {
	if len(sealed) < SealedOverhead {
		return nil, ErrShort
	}
	return open(key, sealed)
}
