//go:build !amd64 || purego

package strictjson

func marksOf(block *[blockSize]byte) marks { return plainMarks(block) }
