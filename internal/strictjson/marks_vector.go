//go:build (amd64 || arm64) && !purego

package strictjson

//go:generate env GOWORK=off go -C ../asm run .

// vectorMarks is plainMarks with AVX2 or the vectors of arm64. internal/asm generates it.
//
//go:noescape
func vectorMarks(block *[blockSize]byte) marks

// marksOf reads a block with the processor's vector instructions, if it has them. They are fuzzed
// against plainMarks, which every other build uses.
func marksOf(block *[blockSize]byte) marks {
	if hasVectors {
		return vectorMarks(block)
	}
	return plainMarks(block)
}
