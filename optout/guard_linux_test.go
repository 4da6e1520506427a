package optout

import (
	"testing"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/guardpage"
)

// TestMatchBetweenUnmappedPages looks at a bucket whose hashes and times are at both ends of a page.
func TestMatchBetweenUnmappedPages(t *testing.T) {
	const hash = 0x0123456789abcdef
	atHashes, atSeconds := guardpage.New(t), guardpage.New(t)
	for where := range 1 << bucketSize {
		var hashes [bucketSize]uint64
		for i := range hashes {
			if where>>i&1 != 0 {
				hashes[i] = hash
			}
		}
		memory := unsafe.Slice((*byte)(unsafe.Pointer(&hashes)), unsafe.Sizeof(hashes))
		atHashes.Edges(memory, func(placed []byte) {
			atSeconds.Edges(make([]byte, 4*bucketSize), func(seconds []byte) {
				h := (*[bucketSize]uint64)(unsafe.Pointer(unsafe.SliceData(placed)))
				s := (*[bucketSize]uint32)(unsafe.Pointer(unsafe.SliceData(seconds)))
				if got := match(h, s, hash); got != uint32(where) {
					t.Fatalf("%08b, want %08b", got, where)
				}
			})
		})
	}
}
