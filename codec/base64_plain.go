//go:build (!amd64 && !arm64) || purego

package codec

// decodeMost decodes nothing and leaves all of text to decodePlain.
func decodeMost[T ~string | ~[]byte](_ []byte, _ T) (n int, ok bool) { return 0, true }
