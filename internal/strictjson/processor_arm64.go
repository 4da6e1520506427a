//go:build !purego

package strictjson

// They are true, as Go itself needs a processor that has what they are about.
const (
	hasVectors      = true
	hasVectorNested = true
)
