//go:build !amd64 || purego || race

package optout

func match(hashes *[bucketSize]uint64, _ *[bucketSize]uint32, hash uint64) (slots uint32) {
	return plainMatch(hashes, hash)
}
