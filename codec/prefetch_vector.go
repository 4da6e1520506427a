//go:build (amd64 || arm64) && !purego

package codec

import (
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/prefetch"
)

// prefetch asks the memory for what opening a layer of this version reads of the ciphers in a slot.
func (s *cipherSlots) prefetch(slot int, version Version) {
	v := s.vector(slot)
	if v == nil {
		return
	}
	size := unsafe.Offsetof(v.decryption)
	if version == V2 {
		size = unsafe.Sizeof(*v)
	}
	prefetch.Lines((*byte)(unsafe.Pointer(v)), (int(size)+prefetch.Line-1)/prefetch.Line)
}
