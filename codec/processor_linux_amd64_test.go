//go:build !purego && go1.24

package codec

import (
	"crypto/fips140"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestWhatTheProcessorHas is what the kernel says, too.
func TestWhatTheProcessorHas(t *testing.T) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(text), "\nflags")
	if !found {
		t.Fatal("the kernel says nothing of the processor")
	}
	line, _, _ = strings.Cut(line, "\n")
	flags := strings.Fields(line)
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(flags, name) })
	}
	for name, c := range map[string]struct{ got, want bool }{
		"AVX2":         {hasVectors, has("avx2")},
		"AES":          {hasVectorAES, has("avx2", "aes", "pclmulqdq") && !fips140.Enabled()},
		"VAES":         {hasWideAES, has("avx2", "aes", "pclmulqdq", "vaes", "vpclmulqdq") && !fips140.Enabled()},
		"wideFeatures": {hasVectors && featuresOfLeaf7()&wideFeatures == wideFeatures, has("avx2", "vaes", "vpclmulqdq")},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, but the kernel says %v", name, c.got, c.want)
		}
	}
}
