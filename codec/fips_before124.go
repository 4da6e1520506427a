//go:build (amd64 || arm64) && !purego && !go1.24

package codec

// inFIPSMode reports false: before Go 1.24 the standard library has no such mode.
func inFIPSMode() bool { return false }
