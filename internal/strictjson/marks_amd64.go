//go:build !purego

package strictjson

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

//go:generate env GOWORK=off go -C ../asm run .

// vectorMarks is plainMarks with AVX2. internal/asm generates it.
//
//go:noescape
func vectorMarks(block *[blockSize]byte) marks

// marksOf reads a block with the processor's vector instructions, if it has them. They are fuzzed
// against plainMarks, which every other build uses.
func marksOf(block *[blockSize]byte) marks {
	if hasAVX2 {
		return vectorMarks(block)
	}
	return plainMarks(block)
}
