//go:build (!amd64 && !arm64) || purego

package strictjson

func marksOf(block *[blockSize]byte) marks { return plainMarks(block) }
