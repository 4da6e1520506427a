//go:build !purego

package codec

// onEachPath calls f with each way that this processor has of opening tokens: the fastest, the ones that processors without
// it have, and the standard library. f must make its own ciphers.
func onEachPath(f func()) {
	vector, wide := hasVectorAES, hasWideAES
	defer func() { hasVectorAES, hasWideAES = vector, wide }()
	if wide {
		f()
	}
	hasWideAES = false
	if vector {
		f()
	}
	hasVectorAES = false
	f()
}

// paths says which ways onEachPath takes.
func paths() string {
	switch {
	case hasWideAES:
		return "two blocks to a register, one block to a register, the standard library"
	case hasVectorAES:
		return "one block to a register, the standard library; this processor has no VAES and VPCLMULQDQ"
	}
	return "the standard library; this processor has no AVX2, AES and PCLMULQDQ, or this is FIPS 140 mode"
}
