package envelope

// The vectors were made with fixed IVs. Only tests can set one.

func AppendRequestIV(dst, secret []byte, iv [12]byte, timestampMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	return appendRequest(dst, secret, iv, timestampMs, nonce, payload)
}

func AppendResponseIV(dst, secret []byte, iv [12]byte, serverMs int64, nonce [NonceSize]byte, payload []byte) ([]byte, error) {
	return appendSeal(dst, secret, iv, header(serverMs, nonce), payload)
}
