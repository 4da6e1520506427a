//go:build (amd64 || arm64) && !purego

package codec

import "unsafe"

// blockText is how many characters decodeBlocks takes at a time, and at least.
const blockText = 32

// decodeBlocks decodes n characters, at least blockText and a multiple of 4, of either alphabet. It
// may write 8 bytes more than they stand for. It returns false if one isn't of an alphabet.
// internal/asm generates it.
//
//go:noescape
func decodeBlocks(dst, text *byte, n int) bool

// decodeMost decodes all whole groups of four characters with the processor's vector instructions,
// where there are some, and returns how many characters that were, or 0. dst has room for them and
// decodeSlack. The plain decoder, which is in every other build, is what it is fuzzed against.
func decodeMost[T ~string | ~[]byte](dst []byte, text T) (n int, ok bool) {
	if !hasVectors || len(text) < blockText {
		return 0, true
	}
	n = len(text) &^ 3
	// A string and a slice both begin with the address of their bytes.
	return n, decodeBlocks(unsafe.SliceData(dst), *(**byte)(unsafe.Pointer(&text)), n)
}
