//go:build !purego

package strictjson

import "golang.org/x/sys/cpu"

var hasVectorNested = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ && cpu.X86.HasPOPCNT

// vectorNested passes blocks inside of objects and arrays, of which so many are open, as
// endOfNested does, up to one with a backslash, one where the nesting may end or become too deep,
// or one that isn't whole. internal/asm generates it.
//
//go:noescape
func vectorNested(data *byte, length, depth, open int, inString uint64) (passed, left int, inside uint64)

// passNested passes some of the blocks of endOfNested behind the one at at, or none. It returns
// where the last one that has been passed is.
func passNested(data []byte, at, depth, open int, inString uint64) (last, left int, inside uint64) {
	next := at + blockSize
	if !hasVectorNested || len(data)-next < blockSize {
		return at, open, inString
	}
	passed, left, inside := vectorNested(&data[next], len(data)-next, depth, open, inString)
	return at + passed, left, inside
}
