package openrtb

// Token returns the token in a uid's id: the id without the "UID2:" or "EUID:" that some senders
// put in front, in any case of ASCII letters. Tokens never contain a colon. It doesn't allocate.
func Token[T ~string | ~[]byte](id T) T {
	const prefix = len("uid2:")
	if len(id) >= prefix && (equalASCII(id[:prefix], "uid2:") || equalASCII(id[:prefix], "euid:")) {
		return id[prefix:]
	}
	return id
}
