//go:build !purego

package codec

// onEachPath calls f with each way that this processor has of opening tokens.
func onEachPath(f func()) {
	f()
	if hasWideAES {
		hasWideAES = false
		defer func() { hasWideAES = true }()
		f()
	}
}
