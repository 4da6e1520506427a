//go:build !purego

package strictjson

// hasVectors is true, as Go itself needs a processor that has them.
const hasVectors = true
