//go:build !amd64 || purego

package codec

// decodeMost leaves everything to the plain decoder.
func decodeMost[T ~string | ~[]byte](_ []byte, _ T) (n int, ok bool) { return 0, true }
