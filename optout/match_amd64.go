//go:build !purego && !race

package optout

// match is plainMatch with vector instructions that every processor of this kind has. It is fuzzed against it. The race detector,
// which doesn't see what it reads, has the plain way.
//
//go:noescape
func match(hashes *[bucketSize]uint64, seconds *[bucketSize]uint32, hash uint64) (slots uint32)
