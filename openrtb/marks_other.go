//go:build !amd64 || purego

package openrtb

func marksOf(block *[blockSize]byte) marks { return plainMarks(block) }
