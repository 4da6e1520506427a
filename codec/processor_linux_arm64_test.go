//go:build !purego && go1.24

package codec

import (
	"crypto/fips140"
	"encoding/binary"
	"os"
	"testing"
)

// TestWhatTheProcessorHas is what the kernel says, too: in the auxiliary vector, pairs of words.
func TestWhatTheProcessorHas(t *testing.T) {
	const capabilities, hasAES, hasPMULL = 16, 1 << 3, 1 << 4
	pairs, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		t.Fatal(err)
	}
	var has uint64
	for ; len(pairs) >= 16; pairs = pairs[16:] {
		if binary.LittleEndian.Uint64(pairs) == capabilities {
			has = binary.LittleEndian.Uint64(pairs[8:])
		}
	}
	if want := has&hasAES != 0 && has&hasPMULL != 0 && !fips140.Enabled(); hasVectorAES != want {
		t.Errorf("%v, but the kernel says %#x", hasVectorAES, has)
	}
}
