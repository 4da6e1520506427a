package prefetch_test

import (
	"testing"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/guardpage"
	"github.com/uid2rtb/uid2rtb/internal/prefetch"
)

// TestLinesBetweenUnmappedPages: lines that aren't there are no fault.
func TestLinesBetweenUnmappedPages(t *testing.T) {
	guardpage.New(t).Edges(make([]byte, 100), func(placed []byte) {
		prefetch.Lines(unsafe.SliceData(placed), 200)
	})
}
