package prefetch_test

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/prefetch"
)

// TestLines: what is asked for stays as it is, and nothing has to be there.
func TestLines(t *testing.T) {
	memory := bytes.Repeat([]byte{7}, 3*prefetch.Line)
	for n := range 5 {
		prefetch.Lines(unsafe.SliceData(memory), n)
		prefetch.Lines(nil, n)
	}
	if !bytes.Equal(memory, bytes.Repeat([]byte{7}, 3*prefetch.Line)) {
		t.Error("the memory has changed")
	}
}
