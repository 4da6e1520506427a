//go:build (amd64 || arm64) && !purego

package codec

import "testing"

// onEachPath calls f with each way that this processor has of opening tokens: the fastest, the ones
// that processors without it have, and the standard library. f must make its own ciphers.
func onEachPath(f func()) {
	defer func(vector bool) { hasVectorAES = vector }(hasVectorAES)
	if hasVectorAES {
		onEachVectorPath(f)
	}
	hasVectorAES = false
	f()
}

// usesVectors reports whether layers are opened without the standard library now.
func usesVectors() bool { return hasVectorAES }

// paths says which ways onEachPath takes.
func paths() string {
	if hasVectorAES {
		return vectorPaths() + ", the standard library"
	}
	return "the standard library; this processor has not what our ciphers need, or this is FIPS 140 mode"
}

// TestTheStandardLibraryIsForOtherSizes: layers of the sizes that tokens have, and those of tokens
// that are 16 bytes longer, are opened without the standard library's ciphers, which would make a
// key twice as big; whatever else there is needs them, and gets them once.
func TestTheStandardLibraryIsForOtherSizes(t *testing.T) {
	if !hasVectorAES {
		checkStandard(t, "prepared", true, func(*ciphers) {})
		return
	}
	checkStandard(t, "prepared", false, func(*ciphers) {})
	checkStandard(t, "for sealing", true, func(c *ciphers) {
		if first := c.standard(); c.standard() != first {
			t.Error("the standard library's ciphers are made twice")
		}
	})
	for size := range 201 {
		ofToken := size > 64 && size <= 96 || size > 128 && size <= 160
		checkStandard(t, "GCM", !ofToken, func(c *ciphers) { c.openGCM(make([]byte, ivSize), make([]byte, size+tagSize)) })
	}
	for blocks := 1; blocks <= 10; blocks++ {
		ofToken := blocks == 5 || blocks == 7
		checkStandard(t, "CBC", !ofToken, func(c *ciphers) { c.decryptCBC(make([]byte, blockSize), make([]byte, blocks*blockSize)) })
	}
}

// checkStandard wants ciphers to have those of the standard library, or not, after use.
func checkStandard(t *testing.T, name string, want bool, use func(*ciphers)) {
	t.Helper()
	c, err := newCiphers(make([]byte, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	use(c)
	if has := c.others.Load() != nil; has != want {
		t.Errorf("%s: has the standard library's ciphers: %v, want %v", name, has, want)
	}
}
