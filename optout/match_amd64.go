//go:build !purego && !race

package optout

// match is plainMatch with vector instructions that every amd64 processor has. A fuzz test compares
// the two. With the race detector, which doesn't see what it reads, plainMatch is used.
//
//go:noescape
func match(hashes *[bucketSize]uint64, seconds *[bucketSize]uint32, hash uint64) (slots uint32)
