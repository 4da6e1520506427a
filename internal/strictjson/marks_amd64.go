//go:build !purego

package strictjson

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

//go:noescape
func vectorMarks(block *[blockSize]byte) marks

// marksOf reads a block with the processor's vector instructions, where there are some. The plain
// way, which is in every other build, is what it is fuzzed against.
func marksOf(block *[blockSize]byte) marks {
	if hasAVX2 {
		return vectorMarks(block)
	}
	return plainMarks(block)
}
