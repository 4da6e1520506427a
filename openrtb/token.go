package openrtb

// Token returns the token in a uid's id: all of it, but for a "UID2:" or "EUID:" in front, as some senders write it, in
// any case of ASCII letters. No token has a colon. It doesn't allocate.
func Token[T ~string | ~[]byte](id T) T {
	const prefix = len("uid2:")
	if len(id) >= prefix && (equalASCII(id[:prefix], "uid2:") || equalASCII(id[:prefix], "euid:")) {
		return id[prefix:]
	}
	return id
}
