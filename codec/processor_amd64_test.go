//go:build !purego

package codec

// onEachVectorPath calls f with each width of registers that the processor has.
func onEachVectorPath(f func()) {
	defer func(wide bool) { hasWideAES = wide }(hasWideAES)
	if hasWideAES {
		f()
	}
	hasWideAES = false
	f()
}

// vectorPaths says which ways onEachVectorPath takes.
func vectorPaths() string {
	if hasWideAES {
		return "two blocks to a register, one block to a register"
	}
	return "one block to a register (this processor has no VAES and VPCLMULQDQ)"
}
