//go:build (amd64 || arm64) && !purego && go1.24

package codec

import "crypto/fips140"

// inFIPSMode reports whether all cryptography must go through the standard library.
func inFIPSMode() bool { return fips140.Enabled() }
